//! `POST /api/request_password_reset`, `POST /api/reset_password`, and their pages.

use axum::http::Method;
use tokio::task::JoinSet;

use crate::{
    helpers::{
        Answer, Ask, Browser, NEW_PASSWORD, ORIGIN, PASSWORD, REFRESH, TestApp, answer_shape,
        some_address, words,
    },
    stores::database::drop_database,
};

/// The words for `/reset` and `/forgot`, with a link's lifetime in minutes.
fn words_with_minutes(key: &str) -> String {
    words(key).replace("{{ minutes }}", "30")
}

/// Requests a link and returns its token, from the second mail: the first was that of the sign-up.
async fn mailed_token(app: &TestApp, email: &str) -> String {
    let answer = app.browser().post("/api/request_password_reset", &[("email", email)]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    awaited_token(app, email, 2).await
}

/// The token of the newest link, once this number of mails was sent.
async fn awaited_token(app: &TestApp, email: &str, mails: usize) -> String {
    let mail = app.mails_awaited(email, mails).await.pop().unwrap();
    let start = format!("{ORIGIN}/reset?token=");
    let mut words = mail.text.split_whitespace();
    words.find_map(|word| word.strip_prefix(&start)).expect("a link was mailed").to_owned()
}

async fn reset(browser: &mut Browser, token: &str, password: &str) -> Answer {
    browser.post("/api/reset_password", &[("token", token), ("password", password)]).await
}

async fn log_in(app: &TestApp, email: &str, password: &str) -> Answer {
    app.browser().post("/api/login", &[("email", email), ("password", password)]).await
}

#[tokio::test]
async fn a_browser_resets_a_forgotten_password_from_the_log_in_page() {
    let app = TestApp::start().await;
    let (email, mut signed_in_before) = app.member().await;
    let mut browser = app.browser();
    let form = [("email", email.as_str()), ("password", "not the right one")];
    let answer = browser.submit("/api/login", &form).await;
    let page = browser.follow(&answer).await;
    page.assert_holds(&words("problems.bad_credentials"));
    page.assert_holds(r#"<a href="/forgot">"#);

    let page = browser.navigate("/forgot").await;
    page.assert_page(200);
    page.assert_holds(&words("forgot.heading"));
    let form = [("email", email.as_str())];
    let answer = browser.submit("/api/request_password_reset", &form).await;
    answer.assert_goes_to("/forgot?sent");
    answer.assert_leaves_cookies();
    let page = browser.follow(&answer).await;
    page.assert_page(200);
    page.assert_holds(&words_with_minutes("forgot.sent"));
    page.assert_holds(&words("forgot.no_mail"));

    let token = awaited_token(&app, &email, 2).await;
    let page = browser.navigate(&format!("/reset?token={token}")).await;
    page.assert_page(200);
    page.assert_holds(&words("reset.heading"));
    assert!(page.element(r#"autocomplete="username""#).contains(&email));
    let control = page.element(r#"id="password""#);
    assert!(control.contains(r#"autocomplete="new-password""#), "{control}");
    assert!(page.element(r#"name="token""#).contains(&token));

    let form = [("token", token.as_str()), ("password", NEW_PASSWORD)];
    let answer = browser.submit("/api/reset_password", &form).await;
    answer.assert_goes_to("/");
    answer.assert_signs_in(None);
    browser.follow(&answer).await.assert_holds(&words("notices.password_changed"));
    assert!(browser.session_id().await.is_some());
    assert_eq!(browser.refresh().await.status, 200);
    signed_in_before.get("/auth/session").await.assert_problem(401, "password_changed");
    signed_in_before.refresh().await.assert_problem(401, "password_changed");
    log_in(&app, &email, PASSWORD).await.assert_problem(401, "bad_credentials");
    log_in(&app, &email, NEW_PASSWORD).await.assert_signs_in(None);
}

#[tokio::test]
async fn a_reset_by_a_program_returns_the_next_page_and_ends_the_previous_session() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let (_, mut program) = app.member().await;
    let mut kept = program.clone();
    let answer = program.post("/api/request_password_reset", &[("email", &email)]).await;
    assert_eq!((answer.status, &answer.json()["to"]), (200, &"/forgot?sent".into()));
    let token = awaited_token(&app, &email, 2).await;
    let answer = reset(&mut program, &token, NEW_PASSWORD).await;
    assert_eq!((answer.status, &answer.json()["to"]), (200, &"/".into()));
    answer.assert_signs_in(None);
    program.post("/api/get_profile", &[]).await.assert_holds(&email);
    kept.get("/auth/session").await.assert_problem(401, "logout");
}

#[tokio::test]
async fn a_reset_request_gets_the_same_answer_for_an_unknown_address_which_is_not_mailed() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let stranger = some_address();
    for ask in [Ask::call, Ask::form] {
        let mut answers = Vec::new();
        for address in [&stranger, &email] {
            let ask = ask("/api/request_password_reset", &[("email", address)]);
            answers.push(app.browser().send(ask).await);
        }
        assert_eq!(answer_shape(&answers[0]), answer_shape(&answers[1]));
        assert_eq!(answers[0].body, answers[1].body);
        answers[0].assert_leaves_cookies();
    }
    // Mails are sent in order: the stranger's would have arrived by now.
    assert_eq!(app.mails_awaited(&email, 3).await.len(), 3, "and the one of the sign-up");
    assert!(app.mails_to(&stranger).await.is_empty());
}

#[tokio::test]
async fn a_malformed_address_is_refused_beside_its_field() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    for (typed, code) in [("", "required"), ("hana", "invalid")] {
        let form = [("email", typed)];
        let answer = browser.post("/api/request_password_reset", &form).await;
        answer.assert_invalid(&[("email", code)]);
        let answer = browser.submit("/api/request_password_reset", &form).await;
        answer.assert_goes_to("/forgot");
        let page = browser.follow(&answer).await;
        page.assert_field_problem("email", &words(&format!("fields.email.{code}")));
        assert!(page.element(r#"id="email""#).contains(&format!(r#"value="{typed}""#)));
    }
}

#[tokio::test]
async fn opening_the_reset_link_changes_nothing() {
    let app = TestApp::start().await;
    let (email, mut member) = app.member().await;
    let token = mailed_token(&app, &email).await;
    let link = format!("/reset?token={token}");
    let kept = "select count(*) from password_resets where expires_at > now()";
    for ask in [
        Ask::page(&link),
        Ask::page(&link).by(Method::HEAD),
        Ask::data(&link),
        Ask::data(&link).by(Method::HEAD).with("sec-fetch-site", "cross-site"),
        Ask::page(&link).with("sec-purpose", "prefetch"),
    ] {
        let answer = app.browser().send(ask).await;
        assert_eq!(answer.status, 200);
        answer.assert_leaves_cookies();
        assert_eq!(app.count(kept).await, 1);
    }
    assert!(member.session_id().await.is_some());
    reset(&mut app.browser(), &token, NEW_PASSWORD).await.assert_signs_in(None);
    assert_eq!(app.count(kept).await, 0);
}

#[tokio::test]
async fn every_invalid_reset_link_gets_the_same_answer() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let used = mailed_token(&app, &email).await;
    reset(&mut app.browser(), &used, NEW_PASSWORD).await.assert_signs_in(None);
    let (unknown, long) = ("A".repeat(43), "A".repeat(9000));
    for token in [&used, &unknown, &long, "", "é\"<b>"] {
        let mut browser = app.browser();
        let answer = reset(&mut browser, token, PASSWORD).await;
        answer.assert_invalid(&[("token", "expired")]);
        assert_eq!(answer.json()["messages"]["token"], words("fields.token_expired"));
        answer.assert_leaves_cookies();
        let form = [("token", token), ("password", PASSWORD)];
        let answer = browser.submit("/api/reset_password", &form).await;
        let page = browser.follow(&answer).await;
        page.assert_page(200);
        page.assert_holds(&words("reset.expired_heading"));
        assert!(page.element(r#"class="button""#).contains(r#"href="/forgot""#));
        page.assert_lacks("<input type=\"password\"");
    }
    let nothing = reset(&mut app.browser(), "", "").await;
    nothing.assert_invalid(&[("token", "expired"), ("password", "required")]);
}

#[tokio::test]
async fn of_twenty_concurrent_resets_with_one_link_one_succeeds() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let token = mailed_token(&app, &email).await;
    let mut posts = JoinSet::new();
    for number in 0..20 {
        let (mut browser, token) = (app.browser(), token.clone());
        posts.spawn(async move {
            let password = format!("a pond with {number} carps");
            (reset(&mut browser, &token, &password).await, password)
        });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        posts.join_all().await.into_iter().partition(|(answer, _)| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 19));
    for (answer, _) in lost {
        answer.assert_invalid(&[("token", "expired")]);
    }
    log_in(&app, &email, &won[0].1).await.assert_signs_in(None);
}

#[tokio::test]
async fn a_refused_password_is_shown_on_the_links_page_and_the_token_is_not_stored() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let token = mailed_token(&app, &email).await;
    let mut browser = app.browser();
    for (typed, code) in [("", "required"), ("too short", "too_short"), (&email, "same_as_email")] {
        reset(&mut browser, &token, typed).await.assert_invalid(&[("password", code)]);
        let form = [("password", typed), ("token", &token)];
        let answer = browser.submit("/api/reset_password", &form).await;
        answer.assert_goes_to(&format!("/reset?token={token}"));
        let page = browser.follow(&answer).await;
        page.assert_page(200);
        let said = words(&format!("fields.password.{code}")).replace("{{ count }}", "15");
        page.assert_field_problem("password", &said);
        assert!(page.element(r#"name="token""#).contains(&token));
        page.assert_lacks("too short");
    }
    browser.submit("/api/reset_password", &[("token", &token), ("password", "too short")]).await;
    browser.navigate("/reset").await.assert_lacks(&token);
    reset(&mut browser, &token, NEW_PASSWORD).await.assert_signs_in(None);
}

#[tokio::test]
async fn the_reset_page_leaks_its_token_to_no_link_and_no_other_site() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let token = mailed_token(&app, &email).await;
    let page = app.browser().navigate(&format!("/reset?token={token}")).await;
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    for attribute in ["href=\"", "src=\"", "action=\""] {
        for value in page.body.split(attribute).skip(1) {
            let value = value.split('"').next().unwrap();
            assert!(!value.contains(&token), "{attribute}{value}");
            assert!(value.starts_with('/') || value.starts_with('#'), "{attribute}{value}");
        }
    }
    // The scripts' data does not contain it, either.
    for script in page.body.split("<script").skip(1) {
        assert!(!script.split("</script>").next().unwrap().contains(&token));
    }
}

#[tokio::test]
async fn a_reset_does_not_sign_a_suspended_member_in_and_the_log_in_says_why() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let token = mailed_token(&app, &email).await;
    app.sql("update members set standing = 'suspended'").await;
    let mut browser = app.browser();
    let form = [("token", token.as_str()), ("password", NEW_PASSWORD)];
    let answer = browser.submit("/api/reset_password", &form).await;
    answer.assert_goes_to("/login");
    assert_eq!(browser.cookie(REFRESH), None);
    browser.follow(&answer).await.assert_holds(&words("notices.password_changed_log_in"));
    log_in(&app, &email, NEW_PASSWORD).await.assert_problem(403, "suspended");
}

#[tokio::test]
async fn without_the_database_no_mail_is_promised_and_no_link_is_reported_as_expired() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let token = mailed_token(&app, &email).await;
    drop_database(&app.db.url).await;
    let mut browser = app.browser();
    for address in [email, some_address()] {
        let answer = browser.post("/api/request_password_reset", &[("email", &address)]).await;
        answer.assert_problem(503, "unavailable");
    }
    reset(&mut browser, &token, NEW_PASSWORD).await.assert_problem(503, "unavailable");
    let page = browser.navigate(&format!("/reset?token={token}")).await;
    page.assert_page(503);
    page.assert_holds(&words("problems.store_unavailable"));
    browser.navigate("/forgot").await.assert_page(200);
}
