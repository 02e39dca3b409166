//! The inline refresh, with which pages and plain forms work without scripts after the access token has expired.

use crate::helpers::{ACCESS, Ask, LOCALE, REFRESH, TestApp, VISITOR, words};

#[tokio::test]
async fn a_page_with_an_expired_access_token_is_shown_and_sets_both_cookies_once() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let id = browser.session_id().await;
    browser.forget_cookie(ACCESS);
    let mut without_metadata = browser.clone();

    let page = browser.navigate("/profile").await;
    page.assert_page(200);
    page.assert_holds(r#"name="bio""#);
    page.assert_signs_in(None);
    assert_eq!(page.cookie_names(), [ACCESS, REFRESH]);
    assert_eq!(browser.session_id().await, id);
    browser.navigate("/profile").await.assert_leaves_cookies();

    let page = without_metadata.send(Ask::page("/profile").without_fetch_metadata()).await;
    page.assert_page(200);
    page.assert_signs_in(None);
}

#[tokio::test]
async fn a_page_whose_live_session_was_lost_is_shown_and_restores_it() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.lose_live_sessions().await;
    let page = browser.navigate("/profile").await;
    page.assert_page(200);
    page.assert_signs_in(None);
    assert_eq!(browser.get("/auth/session").await.status, 200);
}

#[tokio::test]
async fn a_form_posted_with_an_expired_access_token_is_carried_out() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    browser.forget_cookie(ACCESS);
    app.pass_grace().await;
    let form = [("display_name", "Ken"), ("bio", "after a long lunch"), ("locale", "en")];
    let answer = browser.submit("/api/update_profile", &form).await;
    answer.assert_goes_to("/profile");
    answer.assert_signs_in(None);
    assert_eq!(answer.cookie_names(), [ACCESS, LOCALE, REFRESH, VISITOR]);
    assert_eq!(app.count("select generation from sessions").await, 2);
    let page = browser.follow(&answer).await;
    page.assert_holds(&words("notices.saved"));
    page.assert_holds("after a long lunch");
}

#[tokio::test]
async fn a_refused_form_comes_back_after_an_inline_refresh() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    browser.forget_cookie(ACCESS);
    let form = [("display_name", ""), ("bio", "kept words"), ("locale", "en")];
    let answer = browser.submit("/api/update_profile", &form).await;
    answer.assert_goes_to("/profile");
    answer.assert_signs_in(None);
    let page = browser.follow(&answer).await;
    page.assert_holds("kept words");
    page.assert_field_problem("display_name", &words("fields.display_name.required"));
}

#[tokio::test]
async fn a_log_out_or_log_in_with_an_expired_access_token_overrides_the_refreshed_cookies() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    browser.forget_cookie(ACCESS);
    let mut leaving = browser.clone();

    let password = crate::helpers::PASSWORD;
    let form = [("email", email.as_str()), ("password", password)];
    let old = browser.cookie(REFRESH).unwrap().to_owned();
    let answer = browser.submit("/api/login", &form).await;
    answer.assert_signs_in(None);
    assert_ne!(browser.cookie(REFRESH), Some(old.as_str()));
    assert!(browser.session_id().await.is_some());

    let (_, mut other) = app.member().await;
    other.forget_cookie(ACCESS);
    let mut kept = other.clone();
    let answer = other.submit("/api/logout", &[]).await;
    answer.assert_goes_to("/");
    answer.assert_signs_out();
    assert_eq!((other.cookie(ACCESS), other.cookie(REFRESH)), (None, None));
    kept.refresh().await.assert_problem(401, "logout");
    leaving.refresh().await.assert_problem(401, "logout");
}

#[tokio::test]
async fn a_prefetch_that_needs_a_refresh_rotates_nothing_and_is_no_failure() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.pass_grace().await;
    let mut expired = browser.clone();
    expired.forget_cookie(ACCESS);
    for purpose in ["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip"] {
        for path in ["/profile", "/"] {
            let answer = expired.send(Ask::page(path).with("sec-purpose", purpose)).await;
            answer.assert_page(401);
            answer.assert_leaves_cookies();
        }
        // Without a token, a prefetch is redirected to the log-in, as on the click.
        let stranger = app.browser().send(Ask::page("/profile").with("sec-purpose", purpose)).await;
        stranger.assert_goes_to("/login?next=%2Fprofile");
        stranger.assert_leaves_cookies();
        // Without need for a refresh, it gets its page.
        browser.send(Ask::page("/profile").with("sec-purpose", purpose)).await.assert_page(200);
        app.browser().send(Ask::page("/").with("sec-purpose", purpose)).await.assert_page(200);
    }
    assert_eq!(app.count("select generation from sessions").await, 1);
    // The click.
    let page = expired.navigate("/profile").await;
    page.assert_page(200);
    page.assert_signs_in(None);
    assert_eq!(app.count("select generation from sessions").await, 2);
}

#[tokio::test]
async fn a_prefetch_in_an_ended_session_removes_no_cookies() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    app.logged_in(&email).await.submit("/api/end_other_sessions", &[]).await;
    for path in ["/", "/login"] {
        for purpose in ["prefetch", "prefetch;prerender"] {
            let page = browser.send(Ask::page(path).with("sec-purpose", purpose)).await;
            page.assert_page(200);
            page.assert_leaves_cookies();
        }
    }
    // The click.
    let page = browser.navigate("/login").await;
    page.assert_holds(&words("ends.revoked"));
    page.assert_signs_out();
}

#[tokio::test]
async fn only_documents_and_plain_forms_are_refreshed_inline() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.pass_grace().await;
    browser.forget_cookie(ACCESS);
    let framed = Ask::page("/profile").with("sec-fetch-dest", "iframe");
    let answer = browser.send(framed).await;
    answer.assert_goes_to("/login?next=%2Fprofile");
    answer.assert_leaves_cookies();
    let scripted = Ask::call("/api/get_profile", &[])
        .with("sec-fetch-site", "same-origin")
        .with("sec-fetch-mode", "cors")
        .with("sec-fetch-dest", "empty");
    let answer = browser.send(scripted).await;
    answer.assert_problem(401, "access_expired");
    answer.assert_leaves_cookies();
    browser.get("/auth/session").await.assert_problem(401, "access_expired");
    assert_eq!(app.count("select generation from sessions").await, 1);
}

#[tokio::test]
async fn with_tokens_of_two_sessions_the_refresh_token_decides() {
    let app = TestApp::start().await;
    let (email, one) = app.member().await;
    let mut two = app.logged_in(&email).await;
    let id = two.session_id().await;
    two.set_cookie(ACCESS, one.cookie(ACCESS).unwrap());
    let page = two.navigate("/profile").await;
    page.assert_page(200);
    page.assert_signs_in(None);
    assert_eq!(two.session_id().await, id);
}

#[tokio::test]
async fn the_cookies_of_an_inline_refresh_are_kept_on_an_error_page() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    browser.forget_cookie(ACCESS);
    app.pass_grace().await;
    let page = browser.send(Ask::page("/api/login").with("sec-fetch-site", "same-site")).await;
    page.assert_page(405);
    page.assert_signs_in(None);
    browser.navigate("/profile").await.assert_page(200);
}
