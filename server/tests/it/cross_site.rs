//! Requests that other sites make a browser send.

use axum::http::Method;

use crate::helpers::{ACCESS, Ask, DEVICE, FUNCTIONS, REFRESH, TestApp, VISITOR, words};

const PERSONAL: [&str; 4] = [ACCESS, REFRESH, VISITOR, DEVICE];

#[tokio::test]
async fn every_server_function_refuses_cross_site_posts() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    for (function, form) in &*FUNCTIONS {
        let path = format!("/api/{function}");
        let (call, posted) = (Ask::call(&path, form), Ask::form(&path, form));
        for refused in [
            call.clone().with("sec-fetch-site", "cross-site"),
            call.clone().with("sec-fetch-site", "same-site"),
            call.clone().with("sec-fetch-site", "none"),
            call.clone().with("origin", "https://evil.example"),
            call.clone().with("origin", "null"),
            call.clone().without("origin"),
            call.without("origin").with("referer", "http://localhost:3000/"),
        ] {
            let answer = browser.send(refused).await;
            answer.assert_problem(403, "cross_site");
            answer.assert_leaves_cookies();
        }
        for refused in [
            posted.clone().with("sec-fetch-site", "cross-site"),
            posted.clone().with("sec-fetch-site", "same-site"),
            posted.without_fetch_metadata().with("origin", "https://evil.example"),
        ] {
            let answer = browser.send(refused).await;
            answer.assert_page(403);
            answer.assert_holds(&words("problems.cross_site"));
            answer.assert_leaves_cookies();
        }
    }
    assert!(browser.session_id().await.is_some());
    let untouched = "select count(*) from members where display_name = 'Hana' and locale = 'en'";
    assert_eq!(app.count(untouched).await, 1);
}

#[tokio::test]
async fn our_own_pages_are_recognised_by_fetch_metadata_or_else_by_origin() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let form = [("email", email.as_str()), ("password", crate::helpers::PASSWORD)];
    let posted = Ask::form("/api/login", &form);
    for allowed in [
        posted.clone(),
        posted.clone().with("origin", "null"),
        posted.clone().without("origin"),
        posted.clone().with("sec-fetch-site", "none"),
        posted.without_fetch_metadata(),
    ] {
        let answer = app.browser().send(allowed).await;
        answer.assert_goes_to("/");
        answer.assert_signs_in(None);
    }
}

#[tokio::test]
async fn unsafe_cross_site_requests_are_refused_even_for_unknown_paths() {
    let app = TestApp::start().await;
    for path in ["/", "/profile", "/api/nothing", "/auth/session", "/nowhere", "/health/live"] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let ask = Ask::call(path, &[]).by(method).with("sec-fetch-site", "cross-site");
            app.browser().send(ask).await.assert_problem(403, "cross_site");
        }
    }
}

#[tokio::test]
async fn a_link_on_another_site_shows_the_page_and_changes_no_personal_cookie() {
    let app = TestApp::start().await;
    let (_, mut signed_in) = app.member().await;
    let mut ended = signed_in.clone();
    for site in ["cross-site", "same-site"] {
        let link = |path: &str| Ask::page(path).with("sec-fetch-site", site);
        let page = signed_in.send(link("/profile")).await;
        page.assert_page(200);
        page.assert_leaves_cookies();
    }

    // Only the access cookie of an ended session is sent; `Strict` cookies are not.
    signed_in.post("/api/logout", &[]).await;
    ended.forget_cookie(REFRESH);
    for site in ["cross-site", "same-site"] {
        let page = ended.send(Ask::page("/").with("sec-fetch-site", site)).await;
        page.assert_page(200);
        page.assert_leaves_cookies();
    }

    // A visitor session that no longer exists, and one with a flash.
    let mut visitor = app.browser();
    visitor.set_cookie(VISITOR, "AAAAAAAAAAAAAAAAAAAAAA");
    let page = visitor.send(Ask::page("/").with("sec-fetch-site", "cross-site")).await;
    page.assert_leaves_cookies();
    let mut visitor = app.browser();
    visitor.submit("/api/login", &[]).await;
    let page = visitor.send(Ask::page("/login").with("sec-fetch-site", "cross-site")).await;
    page.assert_leaves_cookies();
}

#[tokio::test]
async fn an_inline_refresh_of_a_cross_site_request_sets_only_its_own_two_cookies() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    browser.forget_cookie(ACCESS);
    // Normally the cookie of an unknown id is removed.
    browser.set_cookie(VISITOR, "AAAAAAAAAAAAAAAAAAAAAA");
    let page = browser.send(Ask::page("/").with("sec-fetch-site", "cross-site")).await;
    page.assert_page(200);
    page.assert_signs_in(None);
    assert_eq!(page.cookie_names(), [ACCESS, REFRESH]);
}

#[tokio::test]
async fn a_cross_site_read_sets_no_cookie() {
    let app = TestApp::start().await;
    let (_, browser) = app.member().await;
    for path in ["/auth/session", "/health/live", "/.well-known/jwks.json", "/nowhere"] {
        let ask =
            Ask::data(path).with("sec-fetch-site", "cross-site").with("sec-fetch-mode", "cors");
        let answer = browser.clone().send(ask).await;
        assert!(!answer.cookie_names().iter().any(|name| PERSONAL.contains(name)), "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
    }
}
