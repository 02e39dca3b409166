//! What holds for every page.

use std::collections::BTreeSet;

use crate::helpers::{ACCESS, Ask, PASSWORD, REFRESH, TestApp, VISITOR, some_address};

const PAGES: &[&str] = &[
    "/",
    "/forgot",
    "/login",
    "/reset",
    "/signup",
    "/signup/confirm",
    "/profile",
    "/settings/account",
    "/settings/security",
    "/settings/sessions",
    "/nowhere",
];

#[tokio::test]
async fn no_page_and_no_answer_holds_a_token() {
    let app = TestApp::start().await;
    let (email, mut member) = app.member().await;
    let mut answers = Vec::new();
    for path in PAGES {
        answers.push(member.navigate(path).await);
        // Also where the tokens have just been made.
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
    // Languages are no secret.
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
async fn a_page_shows_only_forms_that_work_without_scripts() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let mut stranger = app.browser();
    stranger.sign_up(&some_address()).await;
    let mut seen = BTreeSet::new();
    for path in PAGES {
        let of_member = app.logged_in(&email).await.navigate(path).await;
        let of_stranger = stranger.navigate(path).await;
        for form in
            [of_member, of_stranger].iter().flat_map(|page| page.body.split("<form").skip(1))
        {
            let tag = form.split('>').next().unwrap();
            assert!(tag.contains(r#"method="post""#), "{path}: {tag}");
            let action = tag.split(r#"action=""#).nth(1).unwrap().split('"').next().unwrap();
            // In a browser of its own: some of them end the session.
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
async fn every_label_belongs_to_a_field_and_every_field_has_one() {
    let app = TestApp::start().await;
    let (_, mut member) = app.member().await;
    let mut stranger = app.browser();
    stranger.sign_up(&some_address()).await;
    for (page, fields) in [
        (stranger.navigate("/login").await, &["email", "password", "remember"][..]),
        (stranger.navigate("/forgot").await, &["email"]),
        (stranger.navigate("/signup").await, &["email", "display_name", "password"]),
        (stranger.navigate("/signup/confirm").await, &["code"]),
        (member.navigate("/profile").await, &["display_name", "bio", "locale"]),
        (member.navigate("/settings/security").await, &["current_password", "new_password"]),
        (member.navigate("/settings/account").await, &["password"]),
    ] {
        page.assert_page(200);
        for field in fields {
            assert_eq!(page.body.matches(&format!("for=\"{field}\"")).count(), 1, "{field}");
            assert_eq!(page.body.matches(&format!("id=\"{field}\"")).count(), 1, "{field}");
            let control = page.element(&format!("id=\"{field}\""));
            assert!(control.contains(&format!("name=\"{field}\"")), "{control}");
        }
        let password = page.body.contains("id=\"password\"");
        assert!(!password || !page.element("id=\"password\"").contains("value="));
    }
}

#[tokio::test]
async fn a_password_is_left_as_typed_also_while_it_is_shown() {
    let app = TestApp::start().await;
    let (_, mut member) = app.member().await;
    let mut stranger = app.browser();
    let mut fields = 0;
    for path in PAGES {
        for page in [stranger.navigate(path).await, member.navigate(path).await] {
            for field in page.body.split("<input").skip(1) {
                let field = field.split('>').next().unwrap();
                if field.contains(r#"type="password""#) {
                    for attribute in
                        [r#"spellcheck="false""#, r#"autocapitalize="off""#, r#"autocorrect="off""#]
                    {
                        assert!(field.contains(attribute), "{path}: {field} lacks {attribute}");
                    }
                    fields += 1;
                }
            }
        }
    }
    assert!(fields >= 5, "{fields}");
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
