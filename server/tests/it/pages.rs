//! Rules for every page.

use std::collections::BTreeSet;

use app::{api::form_of, pages::PAGES};

use crate::helpers::{ACCESS, Ask, PASSWORD, REFRESH, TestApp, VISITOR, some_address};

/// Every page, and an unknown path.
fn paths() -> impl Iterator<Item = &'static str> {
    PAGES.iter().map(|page| page.path).chain(["/nowhere"])
}

#[tokio::test]
async fn no_response_body_holds_a_token() {
    let app = TestApp::start().await;
    let (email, mut member) = app.member().await;
    let mut answers = Vec::new();
    for path in paths() {
        answers.push(member.navigate(path).await);
        // Also right after the tokens were issued.
        member.forget_cookie(ACCESS);
        answers.push(member.navigate(path).await);
        answers.push(member.refresh().await);
    }
    let mut secrets: Vec<String> = Vec::new();
    answers.push(member.log_in(&email).await);
    member.sign_up(&some_address()).await;
    answers.push(member.navigate("/signup/confirm").await);
    answers.push(member.get("/auth/session").await);
    answers.push(member.post("/api/get_profile", &[]).await);
    for answer in &answers {
        secrets.extend(answer.cookies.iter().map(|cookie| cookie.value().to_owned()));
    }
    for name in [ACCESS, REFRESH, VISITOR] {
        secrets.push(member.cookie(name).unwrap().to_owned());
    }
    // The language is not a secret.
    secrets.retain(|secret| secret.len() > 16);
    assert!(secrets.len() > 10);
    for answer in &answers {
        for secret in &secrets {
            answer.assert_lacks(secret);
        }
        answer.assert_lacks(PASSWORD);
        answer.assert_lacks("$argon2id");
        assert!(answer.header("location").is_none_or(|to| !to.contains("__Host")));
    }
}

#[tokio::test]
async fn every_form_on_a_page_works_without_scripts() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let mut stranger = app.browser();
    stranger.sign_up(&some_address()).await;
    let mut seen = BTreeSet::new();
    for path in paths() {
        let of_member = app.logged_in(&email).await.navigate(path).await;
        let of_stranger = stranger.navigate(path).await;
        for form in
            [of_member, of_stranger].iter().flat_map(|page| page.body.split("<form").skip(1))
        {
            let tag = form.split('>').next().unwrap();
            assert!(tag.contains(r#"method="post""#), "{path}: {tag}");
            let action = tag.split(r#"action=""#).nth(1).unwrap().split('"').next().unwrap();
            // In a browser of its own, because some forms end the session.
            let posted = app.logged_in(&email).await.post(action, &[]).await;
            assert!([200, 404, 422].contains(&posted.status), "{action}: {}", posted.status);
            seen.insert(action.to_owned());
        }
    }
    for function in ["update_profile", "change_password", "delete_account", "end_session"] {
        assert!(seen.contains(&format!("/api/{function}")), "{function} among {seen:?}");
    }
}

#[tokio::test]
async fn every_field_has_one_label_and_comes_back_with_its_form_unless_it_is_secret() {
    let app = TestApp::start().await;
    let (_, mut member) = app.member().await;
    let mut stranger = app.browser();
    stranger.sign_up(&some_address()).await;
    let (mut fields, mut passwords) = (0, 0);
    for path in paths() {
        for page in [stranger.navigate(path).await, member.navigate(path).await] {
            for form in page.body.split("<form").skip(1) {
                let form = form.split("</form>").next().unwrap();
                let function = attribute(form, "action").unwrap().trim_start_matches("/api/");
                let keeps = form_of(function).unwrap().keeps;
                for (tag, name) in fields_of(form) {
                    assert_eq!(attribute(tag, "id"), Some(name), "{path}: {tag}");
                    for end in ["for", "id"] {
                        let count = page.body.matches(&format!("{end}=\"{name}\"")).count();
                        assert_eq!(count, 1, "{path}: {end}={name}");
                    }
                    let is_secret = attribute(tag, "type") == Some("password") || name == "code";
                    assert_eq!(keeps.contains(&name), !is_secret, "{function}: {name}");
                    assert!(!is_secret || attribute(tag, "value").is_none_or(str::is_empty));
                    if attribute(tag, "type") == Some("password") {
                        assert_is_left_as_typed(tag);
                        // For password managers.
                        let names_account = |it| form.contains(&format!("autocomplete=\"{it}\""));
                        assert!(["username", "email"].iter().any(names_account), "{path}: {tag}");
                        passwords += 1;
                    }
                    fields += 1;
                }
            }
        }
    }
    assert!(fields >= 15 && passwords >= 5, "{fields}, {passwords}");
}

/// Asserts that browsers do not correct the field, even while it is shown.
fn assert_is_left_as_typed(tag: &str) {
    for (name, value) in
        [("spellcheck", "false"), ("autocapitalize", "off"), ("autocorrect", "off")]
    {
        assert_eq!(attribute(tag, name), Some(value), "{name} in {tag}");
    }
}

/// The tags and names of a form's visible fields.
fn fields_of(form: &str) -> impl Iterator<Item = (&str, &str)> {
    let tags = form.split('<').skip(1).map(|tag| tag.split('>').next().unwrap());
    let fields = tags.filter(|tag| {
        let is_field = ["input", "textarea", "select"].iter().any(|kind| tag.starts_with(kind));
        is_field && attribute(tag, "type") != Some("hidden")
    });
    fields.filter_map(|tag| Some((tag, attribute(tag, "name")?)))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

#[tokio::test]
async fn older_browsers_get_the_same_pages() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let mut browser = app.browser();
    let form = [("email", email.as_str()), ("password", PASSWORD), ("next", "/profile")];
    let answer = browser.send(Ask::form("/api/login", &form).without_fetch_metadata()).await;
    answer.assert_goes_to("/profile");
    answer.assert_signs_in(None);
    let page = browser.send(Ask::page("/profile").without_fetch_metadata()).await;
    page.assert_page(200);
    page.assert_holds(&email);
}

#[tokio::test]
async fn every_page_is_within_its_weight_budget() {
    let app = TestApp::start().await;
    let budget = include_str!("../../../budget.toml");
    for (path, key) in [("/", "home_html_bytes"), ("/login", "login_html_bytes")] {
        let limit = budget.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
        let limit: usize = limit.unwrap().replace('_', "").parse().unwrap();
        let bytes = app.browser().navigate(path).await.body.len();
        assert!(bytes <= limit, "{path} has {bytes} bytes of {limit}");
    }
}
