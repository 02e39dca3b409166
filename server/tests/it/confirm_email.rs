//! `POST /api/confirm_email`, `POST /api/resend_confirmation` and their page. The domain tests the rules for proofs.

use crate::helpers::{
    Answer, Browser, PASSWORD, TestApp, VISITOR, other_than, some_address, words,
};

/// A pending sign-up: its address, and the browser that signed up.
async fn signed_up(app: &TestApp) -> (String, Browser) {
    let (email, mut browser) = (some_address(), app.browser());
    browser.sign_up(&email).await;
    (email, browser)
}

fn form<'a>(email: &'a str, code: &'a str) -> [(&'a str, &'a str); 2] {
    [("email", email), ("code", code)]
}

fn token_of(link: &str) -> &str {
    link.split_once("link=").unwrap().1
}

#[tokio::test]
async fn five_wrong_codes_use_up_the_tries() {
    let app = TestApp::start().await;
    let (email, mut program) = signed_up(&app).await;
    let code = app.mailed_code(&email).await;
    for number in 1..=6 {
        let (typed, problem) = match number {
            ..5 => (other_than(&code), "wrong"),
            5 => (other_than(&code), "too_many_tries"),
            _ => (code.as_str(), "too_many_tries"),
        };
        let answer = program.post("/api/confirm_email", &form(&email, typed)).await;
        answer.assert_invalid(&[("code", problem)]);
    }
    assert_eq!(program.session_id().await, None);
}

#[tokio::test]
async fn a_browser_is_told_of_a_wrong_code_beside_its_field() {
    let app = TestApp::start().await;
    let (email, mut browser) = signed_up(&app).await;
    let code = app.mailed_code(&email).await;
    let answer = browser.submit("/api/confirm_email", &form(&email, other_than(&code))).await;
    answer.assert_goes_to("/signup/confirm");
    let page = browser.follow(&answer).await;
    page.assert_page(200);
    page.assert_holds(&email);
    page.assert_field_problem("code", &words("fields.code.wrong"));
    // Pasted codes may include spaces and punctuation.
    assert!(!page.element(r#"id="code""#).contains("maxlength"));
}

#[tokio::test]
async fn a_confirmation_form_without_code_or_address_names_the_fields() {
    let app = TestApp::start().await;
    let mut program = app.browser();
    let answer = program.post("/api/confirm_email", &[]).await;
    answer.assert_invalid(&[("email", "required"), ("code", "required")]);
    let answer = program.post("/api/confirm_email", &form("hana@example.com", "12345")).await;
    answer.assert_invalid(&[("code", "wrong")]);
    program.post("/api/resend_confirmation", &[]).await.assert_invalid(&[("email", "required")]);
}

#[tokio::test]
async fn the_code_has_the_focus_unless_something_else_was_refused() {
    let app = TestApp::start().await;
    let (_, mut browser) = signed_up(&app).await;
    let page = browser.navigate("/signup/confirm").await;
    assert!(page.element(r#"id="code""#).contains(" autofocus"));
    let answer = browser.submit("/api/resend_confirmation", &[("email", "hana at home")]).await;
    let page = browser.follow(&answer).await;
    page.assert_focuses(&words("fields.email.invalid"));
    assert_eq!(page.body.matches(" autofocus").count(), 1);
}

#[tokio::test]
async fn the_right_code_in_another_browser_confirms_nothing_and_uses_up_no_try() {
    let app = TestApp::start().await;
    let (email, mut own) = signed_up(&app).await;
    let code = app.mailed_code(&email).await;
    // Also in a browser with another pending sign-up.
    let (_, other) = signed_up(&app).await;
    for mut browser in [other, app.browser()] {
        let answer = browser.post("/api/confirm_email", &form(&email, &code)).await;
        assert_eq!(answer.status, 422, "{}", answer.body);
        assert_eq!(browser.session_id().await, None);
    }
    assert_eq!(app.count("select count(*) from members").await, 0);
    assert_eq!(app.count("select count(*) from confirmations where tries > 0").await, 0);
    assert_eq!(own.post("/api/confirm_email", &form(&email, &code)).await.status, 200);
}

#[tokio::test]
async fn opening_the_mails_link_changes_nothing_and_its_button_confirms() {
    let app = TestApp::start().await;
    let (email, _) = signed_up(&app).await;
    let link = app.mailed_link(&email).await;

    let mut scanner = app.browser();
    for _ in 0..3 {
        let page = scanner.navigate(&link).await;
        page.assert_page(200);
        page.assert_leaves_cookies();
        page.assert_holds(&email);
    }
    scanner.get(&link).await.assert_leaves_cookies();
    assert_eq!(app.count("select count(*) from members").await, 0);
    assert_eq!(app.count("select count(*) from confirmations where tries > 0").await, 0);

    // The button posts the page's values and the password. In another browser it signs nobody in.
    let page = scanner.navigate(&link).await;
    let token = token_of(&link);
    assert!(page.element(r#"name="code""#).contains(token));
    assert!(page.element(r#"id="password""#).contains(r#"type="password""#));
    assert!(page.element(r#"autocomplete="username""#).contains(&email));
    page.assert_holds(&words("confirm.link_elsewhere"));
    page.assert_holds(&words("confirm.link_not_you"));
    let form = [("email", email.as_str()), ("code", token), ("password", PASSWORD)];
    let answer = scanner.submit("/api/confirm_email", &form).await;
    answer.assert_goes_to("/login");
    assert_eq!(answer.cookie_names(), [VISITOR]);
    scanner.follow(&answer).await.assert_holds(&words("notices.confirmed_log_in"));
    assert_eq!(scanner.session_id().await, None);
    assert_eq!(app.count("select count(*) from members").await, 1);
    assert_eq!(app.logged_in(&email).await.get("/auth/session").await.status, 200);

    // Opened again, the link says that the address is confirmed, and names nobody.
    let used = app.browser().navigate(&link).await;
    used.assert_page(200);
    used.assert_lacks(&email);
    used.assert_holds(&words("confirm.confirmed_heading"));
    let answer = app.browser().post("/api/confirm_email", &form).await;
    assert_eq!((answer.status, answer.json()["to"].as_str()), (200, Some("/login")));
    assert_eq!(answer.json()["notice"], "confirmed_log_in");
}

#[tokio::test]
async fn a_refused_confirmation_without_scripts_returns_to_the_links_page_with_the_problem() {
    let app = TestApp::start().await;
    let (email, _) = signed_up(&app).await;
    let link = app.mailed_link(&email).await;
    let (token, mut browser) = (token_of(&link), app.browser());
    for (typed, problem) in [("", "required"), ("another tree by it", "wrong")] {
        let form = [("email", email.as_str()), ("code", token), ("password", typed)];
        let answer = browser.submit("/api/confirm_email", &form).await;
        answer.assert_goes_to(&link);
        let page = browser.follow(&answer).await;
        page.assert_page(200);
        page.assert_field_problem("password", &words(&format!("fields.password.{problem}")));
        page.assert_holds(token);
    }
    assert_eq!(app.count("select count(*) from members").await, 0);
}

#[tokio::test]
async fn a_code_or_link_that_expired_while_its_page_was_open_says_so_and_the_page_leads_on() {
    let app = TestApp::start().await;
    let (email, mut browser) = signed_up(&app).await;
    let (code, link) = (app.mailed_code(&email).await, app.mailed_link(&email).await);
    browser.navigate(&link).await.assert_holds(r#"<a href="/signup">"#);
    browser.navigate("/signup/confirm").await.assert_holds(&words("confirm.resend"));
    app.sql("update confirmations set expires_at = now()").await;
    for proof in [&code, token_of(&link)] {
        let answer = browser.post("/api/confirm_email", &form(&email, proof)).await;
        answer.assert_invalid(&[("code", "expired")]);
        assert_eq!(answer.json()["messages"]["code"], words("fields.code.expired"));
    }
}

#[tokio::test]
async fn of_two_concurrent_confirmations_the_slower_learns_that_the_address_is_confirmed() {
    let app = TestApp::start().await;
    for _ in 0..5 {
        let (email, browser) = signed_up(&app).await;
        let code = app.mailed_code(&email).await;
        let form = form(&email, &code);
        let (mut one, mut other) = (browser.clone(), browser);
        let (first, second) = tokio::join!(
            one.submit("/api/confirm_email", &form),
            other.submit("/api/confirm_email", &form),
        );
        let goes_home = |answer: &Answer| answer.header("location") == Some("/");
        assert!(goes_home(&first) != goes_home(&second), "one press makes the member");
        let (mut slower, answer) = if goes_home(&first) { (other, second) } else { (one, first) };
        answer.assert_goes_to("/login");
        slower.follow(&answer).await.assert_holds(&words("notices.confirmed_log_in"));
    }
}

#[tokio::test]
async fn the_code_of_an_earlier_sign_up_in_the_same_browser_is_reported_as_the_older_one() {
    let app = TestApp::start().await;
    let (email, mut browser) = signed_up(&app).await;
    let first = app.mailed_code(&email).await;
    browser.sign_up(&email).await;
    let second = app.mailed_code(&email).await;
    assert_ne!(first, second, "one in a million");
    let answer = browser.post("/api/confirm_email", &form(&email, &first)).await;
    answer.assert_invalid(&[("code", "older_mail")]);
    browser.submit("/api/confirm_email", &form(&email, &second)).await.assert_goes_to("/");
}

#[tokio::test]
async fn a_confirmation_page_without_a_pending_sign_up_or_with_a_forged_link_leads_to_the_sign_up()
{
    let app = TestApp::start().await;
    let (email, _) = signed_up(&app).await;
    let link = app.mailed_link(&email).await;
    let (id, _) = link.split_once('.').unwrap();
    for path in [
        "/signup/confirm",
        "/signup/confirm?link=a.b",
        &format!("{id}.AAAA"),
        &link.replace('.', "%00"),
    ] {
        let page = app.browser().navigate(path).await;
        page.assert_page(200);
        page.assert_holds(&words("confirm.expired_heading"));
        page.assert_lacks(&email);
        page.assert_lacks(r#"name="code""#);
    }
}

#[tokio::test]
async fn a_new_code_is_mailed_only_for_the_browser_that_signed_up_and_others_get_the_same_answer() {
    let app = TestApp::start().await;
    let (email, mut own) = signed_up(&app).await;
    let old = app.mailed_link(&email).await;
    let address = [("email", email.as_str())];

    let to_a_stranger = app.browser().post("/api/resend_confirmation", &address).await;
    assert_eq!(app.mails_to(&email).await.len(), 1);
    let to_the_own = own.post("/api/resend_confirmation", &address).await;
    assert_eq!(app.mails_to(&email).await.len(), 2);
    assert_eq!((to_a_stranger.status, &to_a_stranger.body), (200, &to_the_own.body));
    own.navigate(&old).await.assert_holds(&words("confirm.expired_heading"));
    let answer = own.post("/api/confirm_email", &form(&email, token_of(&old))).await;
    answer.assert_invalid(&[("code", "older_mail")]);

    let answer = own.submit("/api/resend_confirmation", &address).await;
    answer.assert_goes_to("/signup/confirm");
    own.follow(&answer).await.assert_holds(&words("notices.code_sent"));
    let code = app.mailed_code(&email).await;
    assert_eq!(own.post("/api/confirm_email", &form(&email, &code)).await.status, 200);
}

#[tokio::test]
async fn the_links_button_signs_in_the_browser_that_signed_up_and_renews_its_visitor_session() {
    let app = TestApp::start().await;
    let (email, mut browser) = signed_up(&app).await;
    let planted = browser.cookie(VISITOR).unwrap().to_owned();
    let link = app.mailed_link(&email).await;
    let answer = browser.submit("/api/confirm_email", &form(&email, token_of(&link))).await;
    answer.assert_goes_to("/");
    answer.assert_signs_in(None);
    assert!(browser.session_id().await.is_some());
    assert_ne!(browser.cookie(VISITOR), Some(planted.as_str()));
    let mut other = app.browser();
    other.set_cookie(VISITOR, &planted);
    other.navigate("/signup/confirm").await.assert_lacks(&email);
}
