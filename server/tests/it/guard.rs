//! Who may see a page, and where everybody else is sent.

use crate::helpers::{ACCESS, Ask, REFRESH, TestApp, words};

#[tokio::test]
async fn a_guarded_page_sends_to_the_log_in_before_anything_is_rendered() {
    let app = TestApp::start().await;
    for (path, login) in [
        ("/profile", "/login?next=%2Fprofile"),
        ("/profile?a=b&c=d", "/login?next=%2Fprofile%3Fa%3Db%26c%3Dd"),
    ] {
        for ask in [Ask::page, Ask::data] {
            let answer = app.browser().send(ask(path)).await;
            answer.assert_goes_to(login);
            answer.assert_leaves_cookies();
        }
    }
}

#[tokio::test]
async fn the_log_in_page_it_sends_to_leads_back() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    for path in ["/profile?a=b", "/profile?a=b%26c%2Bd", "/profile?a=100%25", "/profile?a=%2561"] {
        let mut browser = app.browser();
        let answer = browser.navigate(path).await;
        let page = browser.follow(&answer).await;
        page.assert_page(200);
        page.assert_holds(&format!(r#"<input type="hidden" name="next" value="{path}""#));
        let form =
            [("email", email.as_str()), ("password", crate::helpers::PASSWORD), ("next", path)];
        let answer = browser.submit("/api/login", &form).await;
        answer.assert_goes_to(path);
        browser.follow(&answer).await.assert_page(200);
    }
}

#[tokio::test]
async fn what_is_posted_to_a_page_is_refused_and_not_sent_to_log_in() {
    let app = TestApp::start().await;
    for path in ["/", "/login", "/profile", "/settings/sessions"] {
        assert_eq!(app.browser().post(path, &[]).await.status, 405, "{path}");
        assert_eq!(app.browser().submit(path, &[]).await.status, 405, "{path}");
    }
}

#[tokio::test]
async fn a_member_has_no_business_on_the_log_in_and_sign_up_pages() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    for (path, to) in [
        ("/login", "/"),
        ("/signup", "/"),
        ("/login?next=%2Fprofile", "/profile"),
        ("/login?next=%2F%2Fevil.example", "/"),
        ("/login?next=https%3A%2F%2Fevil.example", "/"),
        ("/login?next=%2Flogin", "/"),
    ] {
        browser.navigate(path).await.assert_goes_to(to);
    }
}

#[tokio::test]
async fn the_log_in_page_says_why_the_session_is_over_and_takes_its_cookies_away() {
    let app = TestApp::start().await;
    for reason in [
        "logout",
        "revoked",
        "password_changed",
        "idle",
        "absolute",
        "reuse",
        "suspended",
        "deleted",
    ] {
        let (_, mut browser) = app.member().await;
        let end = "update sessions set ended_at = now(), end_reason";
        app.sql(&format!("{end} = '{reason}' where ended_at is null")).await;
        app.lose_live_sessions().await;

        let answer = browser.navigate("/profile").await;
        answer.assert_goes_to("/login?next=%2Fprofile");
        let page = browser.follow(&answer).await;
        page.assert_page(200);
        page.assert_holds(&words(&format!("ends.{reason}")));
        page.assert_signs_out();
        assert_eq!((browser.cookie(ACCESS), browser.cookie(REFRESH)), (None, None));
        // Another tab, which comes without the cookies.
        let other_tab = browser.navigate("/login").await;
        other_tab.assert_holds(&words(&format!("ends.{reason}")));
    }
}

#[tokio::test]
async fn a_form_posted_without_a_session_leads_to_the_log_in_and_a_program_is_told_why() {
    let app = TestApp::start().await;
    let form = [("display_name", "Ken"), ("bio", "typed at length"), ("locale", "en")];
    let answer = app.browser().post("/api/update_profile", &form).await;
    answer.assert_problem(401, "no_token");
    answer.assert_leaves_cookies();
    let answer = app.browser().submit("/api/update_profile", &form).await;
    answer.assert_goes_to("/login?next=%2Fprofile");
    app.browser().post("/api/get_profile", &[]).await.assert_problem(401, "no_token");
}

#[tokio::test]
async fn what_was_typed_is_still_there_after_the_log_in_that_came_between() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    app.sql("update sessions set ended_at = now(), end_reason = 'revoked'").await;
    app.lose_live_sessions().await;
    let form = [("display_name", "Ken"), ("bio", "typed at length"), ("locale", "en")];
    let answer = browser.submit("/api/update_profile", &form).await;
    answer.assert_goes_to("/login?next=%2Fprofile");
    assert_eq!(app.count("select count(*) from members where bio <> ''").await, 0);
    // Signed in at once, without a look at the log-in page, which would use it up.
    browser.log_in(&email).await.assert_signs_in(None);
    browser.navigate("/profile").await.assert_holds("typed at length");
}

#[tokio::test]
async fn a_page_for_everybody_greets_whom_it_knows() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let page = browser.navigate("/").await;
    page.assert_page(200);
    page.assert_holds("Hana");
    page.assert_holds(r#"action="/api/logout""#);
    let page = app.browser().navigate("/").await;
    page.assert_page(200);
    page.assert_holds(r#"href="/login""#);
    page.assert_lacks(r#"action="/api/logout""#);
}
