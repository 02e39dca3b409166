//! Forms that are kept instead of carried out, and their return.

use url::form_urlencoded::byte_serialize;

use crate::{
    helpers::{ACCESS, Ask, FUNCTIONS, PASSWORD, REFRESH, TestApp, VISITOR, japanese_words},
    keeping::{KEPT, member_id},
};

#[tokio::test]
async fn a_strangers_set_aside_form_is_neither_kept_nor_carried_out() {
    let app = TestApp::start().await;
    let (email, mut member) = app.member().await;
    let id = member_id(&mut member).await;
    for (function, form) in &*FUNCTIONS {
        let mut stranger = app.browser();
        let answer = stranger.submit(&format!("/api/{function}?keep={id}"), form).await;
        assert!([303, 404].contains(&answer.status), "{function} {}", answer.status);
        answer.assert_leaves_cookies();
    }
    let empty = "bio&".repeat(16_000);
    for path in ["/api/x", "/api/update_profile"] {
        let ask = Ask::form(&format!("{path}?keep={id}"), &[]).with_body(&empty);
        app.browser().send(ask).await.assert_leaves_cookies();
    }

    // An existing record does not help, either.
    let mut stranger = app.browser();
    stranger.submit("/api/login", &[]).await;
    let answer = stranger.submit(&format!("/api/update_profile?keep={id}"), KEPT).await;
    answer.assert_goes_to("/login?next=%2Fprofile");
    answer.assert_leaves_cookies();
    stranger.log_in(&email).await.assert_signs_in(None);
    stranger.navigate("/profile").await.assert_lacks("typed at length");
    assert_eq!(app.count("select count(*) from members where bio <> ''").await, 0);
}

#[tokio::test]
async fn an_old_token_of_ours_is_enough_to_keep_a_form() {
    let app = TestApp::start().await;
    for (kept, lost) in [(ACCESS, REFRESH), (REFRESH, ACCESS)] {
        let (email, mut browser) = app.member().await;
        let path = format!("/api/update_profile?keep={}", member_id(&mut browser).await);
        app.end_sessions("idle").await;
        browser.forget_cookie(lost);
        if browser.cookie(VISITOR).is_some() {
            browser.forget_cookie(VISITOR);
        }
        browser.submit(&path, KEPT).await.assert_goes_to("/login?next=%2Fprofile");
        browser.log_in(&email).await;
        let page = browser.navigate("/profile").await;
        assert!(page.body.contains("typed at length"), "with {kept}");
    }
    let (_, mut browser) = app.member().await;
    let path = format!("/api/update_profile?keep={}", member_id(&mut browser).await);
    let mut forger = app.browser();
    forger.set_cookie(ACCESS, &format!("{}A", browser.cookie(ACCESS).unwrap()));
    forger.set_cookie(REFRESH, &format!("{}A", browser.cookie(REFRESH).unwrap()));
    forger.submit(&path, KEPT).await;
    assert_eq!(forger.cookie(VISITOR), None);
}

#[tokio::test]
async fn a_form_in_one_tab_is_kept_after_a_log_out_in_another() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let path = format!("/api/update_profile?keep={}", member_id(&mut browser).await);
    let answer = browser.submit("/api/logout", &[]).await;
    browser.follow(&answer).await;
    browser.submit(&path, KEPT).await.assert_goes_to("/login?next=%2Fprofile");
    browser.log_in(&email).await.assert_signs_in(None);
    browser.navigate("/profile").await.assert_holds("typed at length");
}

#[tokio::test]
async fn a_form_to_keep_for_a_malformed_member_id_is_not_carried_out() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    for keep in ["", "me", "1&keep=2", "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee%00", "%ff"] {
        let answer = browser.submit(&format!("/api/update_profile?keep={keep}"), KEPT).await;
        answer.assert_goes_to("/login?next=%2Fprofile");
    }
    assert_eq!(app.count("select count(*) from members where bio <> ''").await, 0);
}

#[tokio::test]
async fn a_form_comes_back_at_once_in_another_language() {
    let app = TestApp::start().await;
    let mut stranger = app.browser();
    let form = [("email", "hana@example.com"), ("display_name", "Typed"), ("password", PASSWORD)];
    let answer = stranger.submit("/api/signup?locale=ja&next=%2Fsignup%3Fa%3Db", &form).await;
    answer.assert_goes_to("/signup?a=b");
    let page = stranger.follow(&answer).await;
    page.assert_language("ja");
    assert!(page.element(r#"id="display_name""#).contains(r#"value="Typed""#));
    page.assert_no_problem();
    page.assert_lacks(PASSWORD);
    assert!(app.mails_to("hana@example.com").await.is_empty());

    let (_, mut member) = app.member().await;
    for bio in ["typed at length".to_owned(), "typed at length ".repeat(1000)] {
        let form = [("display_name", "Ken"), ("bio", bio.as_str()), ("locale", "en")];
        let mut answer = member.submit("/api/update_profile?locale=ja&next=%2Flogin", &form).await;
        if bio.len() < 100 {
            answer.assert_goes_to("/profile");
            answer = member.follow(&answer).await;
        }
        answer.assert_page(200);
        answer.assert_language("ja");
        answer.assert_holds(&bio);
    }
    let refused = stranger.submit("/api/signup?locale=fr", &form).await;
    assert_eq!(refused.status, 422);
    assert_eq!(app.count("select count(*) from members where bio <> ''").await, 0);
}

#[tokio::test]
async fn a_forms_problem_is_shown_in_the_newly_chosen_language() {
    let app = TestApp::start().await;
    let mut stranger = app.browser();
    let form = [("email", "hana@example"), ("display_name", "")];
    let refused = stranger.post("/api/signup", &form).await;
    assert_eq!(refused.status, 422);
    let problem: String = byte_serialize(refused.body.as_bytes()).collect();
    let path = format!("/api/signup?locale=ja&next=%2Fsignup&problem={problem}");
    let answer = stranger.submit(&path, &form).await;
    answer.assert_goes_to("/signup");
    let page = stranger.follow(&answer).await;
    page.assert_language("ja");
    page.assert_holds(&japanese_words("fields.email.invalid"));
    page.assert_holds(&japanese_words("fields.display_name.required"));
    assert!(page.element(r#"id="email""#).contains(r#"aria-invalid="true""#));

    for problem in ["", "%7B%7D", "%FF", "%7B%22status%22%3A%22422%22%7D"] {
        let path = format!("/api/signup?locale=en&next=%2Fsignup&problem={problem}");
        let answer = stranger.submit(&path, &form).await;
        stranger.follow(&answer).await.assert_no_problem();
    }
}
