//! `POST /api/logout`.

use crate::helpers::{ACCESS, REFRESH, TestApp, words};

#[tokio::test]
async fn a_log_out_takes_effect_at_once_even_for_copied_cookies() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let mut elsewhere = app.logged_in(&email).await;
    assert_eq!(browser.get("/auth/session").await.status, 200);
    let mut kept = browser.clone();

    let answer = browser.post("/api/logout", &[]).await;
    assert_eq!((answer.status, answer.json()["to"].as_str()), (200, Some("/")));
    answer.assert_signs_out();
    browser.get("/auth/session").await.assert_problem(401, "no_token");

    kept.get("/auth/session").await.assert_problem(401, "logout");
    let mut another_instance = app.browser_of_an_instance_with(&[]).await;
    for name in [ACCESS, REFRESH] {
        another_instance.set_cookie(name, kept.cookie(name).unwrap());
    }
    another_instance.get("/auth/session").await.assert_problem(401, "logout");
    let refused = kept.refresh().await;
    refused.assert_problem(401, "logout");
    refused.assert_signs_out();
    // The member's other sessions go on.
    assert!(elsewhere.session_id().await.is_some());
}

#[tokio::test]
async fn a_browser_is_told_of_its_log_out() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let answer = browser.submit("/api/logout", &[]).await;
    answer.assert_goes_to("/");
    answer.assert_signs_out();
    let home = browser.follow(&answer).await;
    home.assert_page(200);
    home.assert_holds(&words("notices.logged_out"));
    home.assert_holds(r#"href="/login""#);
    home.assert_lacks(r#"action="/api/logout""#);
    // Succeeds without a session.
    browser.post("/api/logout", &[]).await.assert_signs_out();
    app.browser().submit("/api/logout", &[]).await.assert_goes_to("/");
}

#[tokio::test]
async fn after_a_log_out_in_another_tab_the_log_in_page_says_so() {
    let app = TestApp::start().await;
    for path in ["/api/logout", "/api/logout_everywhere"] {
        let (email, mut browser) = app.member().await;
        let answer = browser.submit(path, &[]).await;
        browser.follow(&answer).await;
        for _ in ["one tab", "another"] {
            let answer = browser.navigate("/profile").await;
            browser.follow(&answer).await.assert_holds(&words("ends.logout"));
        }
        browser.log_in(&email).await.assert_signs_in(None);
        browser.submit("/api/logout", &[]).await;
    }
    let mut stranger = app.browser();
    stranger.submit("/api/logout", &[]).await;
    stranger.navigate("/login").await.assert_lacks(&words("ends.logout"));
}
