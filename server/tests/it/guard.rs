//! Access to pages and functions for members, and the redirects of others.

use app::api::{DATA, form_of};
use domain::session::EndReason;

use crate::helpers::{ACCESS, Ask, FUNCTIONS, PASSWORD, REFRESH, TestApp, words};

#[tokio::test]
async fn a_members_page_redirects_a_visitor_to_the_log_in_without_rendering() {
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
async fn after_a_log_in_a_visitor_returns_to_the_members_page() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    for path in ["/profile?a=b", "/profile?a=b%26c%2Bd", "/profile?a=100%25", "/profile?a=%2561"] {
        let mut browser = app.browser();
        let answer = browser.navigate(path).await;
        let page = browser.follow(&answer).await;
        page.assert_page(200);
        page.assert_holds(&format!(r#"<input type="hidden" name="next" value="{path}""#));
        let form = [("email", email.as_str()), ("password", PASSWORD), ("next", path)];
        let answer = browser.submit("/api/login", &form).await;
        answer.assert_goes_to(path);
        browser.follow(&answer).await.assert_page(200);
    }
}

#[tokio::test]
async fn a_post_to_a_page_is_refused_without_a_redirect() {
    let app = TestApp::start().await;
    for path in ["/", "/login", "/profile", "/settings/sessions"] {
        assert_eq!(app.browser().post(path, &[]).await.status, 405, "{path}");
        assert_eq!(app.browser().submit(path, &[]).await.status, 405, "{path}");
    }
}

#[tokio::test]
async fn a_member_is_redirected_away_from_the_log_in_and_sign_up_pages() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    for (path, to) in [
        ("/login", "/"),
        ("/signup", "/"),
        ("/login?next=%2Fprofile", "/profile"),
        ("/login?next=%2F%2Fevil.example", "/"),
    ] {
        browser.navigate(path).await.assert_goes_to(to);
    }
}

#[tokio::test]
async fn the_log_in_page_says_why_the_session_is_over_and_removes_its_cookies() {
    let app = TestApp::start().await;
    for reason in EndReason::ALL.iter().map(|reason| reason.as_str()) {
        let (_, mut browser) = app.member().await;
        app.end_sessions(reason).await;
        let answer = browser.navigate("/profile").await;
        answer.assert_goes_to("/login?next=%2Fprofile");
        let page = browser.follow(&answer).await;
        page.assert_page(200);
        page.assert_holds(&words(&format!("ends.{reason}")));
        page.assert_signs_out();
        assert_eq!((browser.cookie(ACCESS), browser.cookie(REFRESH)), (None, None));
        // Another tab, without the cookies.
        let other_tab = browser.navigate("/login").await;
        other_tab.assert_holds(&words(&format!("ends.{reason}")));
    }
}

#[tokio::test]
async fn a_members_function_called_by_a_visitor_does_nothing_and_redirects_to_the_log_in() {
    let app = TestApp::start().await;
    let (_, mut member) = app.member().await;
    let mut guarded = 0;
    for (function, form) in &*FUNCTIONS {
        let path = format!("/api/{function}");
        let page = form_of(function).filter(|form| form.is_for_members()).map(|form| form.page);
        if page.is_none() && !DATA.iter().any(|data| data.function == *function) {
            continue;
        }
        let answer = app.browser().post(&path, form).await;
        answer.assert_problem(401, "no_token");
        answer.assert_leaves_cookies();
        if let Some(page) = page {
            let answer = app.browser().submit(&path, form).await;
            answer.assert_goes_to(&format!("/login?next={}", page.replace('/', "%2F")));
        }
        guarded += 1;
    }
    assert!(guarded >= 8, "{guarded}");
    assert!(member.session_id().await.is_some());
    assert_eq!(app.count("select count(*) from members where bio = ''").await, 1);
}

#[tokio::test]
async fn a_page_for_everybody_greets_a_member_by_name() {
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
