//! `POST /auth/refresh`: its responses. The rules of rotation are tested in the domain.

use axum::http::Method;

use crate::helpers::{ACCESS, Ask, ORIGIN, PASSWORD, REFRESH, TestApp};

#[tokio::test]
async fn a_refresh_sets_both_cookies_and_says_how_long_they_are_valid() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let answer = browser.refresh().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.assert_signs_in(None);
    assert_eq!(answer.cookie_names(), [ACCESS, REFRESH]);
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    assert_eq!(body["access_expires_in"], 300);
    let left = body["session_expires_in"].as_u64().unwrap();
    assert!((43_140..=43_200).contains(&left), "{left}");

    let mut remembered = app.browser();
    let form = [("email", email.as_str()), ("password", PASSWORD), ("remember", "on")];
    remembered.post("/api/login", &form).await;
    let answer = remembered.refresh().await;
    let left = answer.json()["session_expires_in"].as_i64().unwrap();
    answer.assert_signs_in(Some(tower_sessions::cookie::time::Duration::seconds(left)));
}

#[tokio::test]
async fn reusing_a_consumed_token_ends_the_session_and_no_other() {
    let app = TestApp::start().await;
    let (email, mut member) = app.member().await;
    let mut elsewhere = app.logged_in(&email).await;
    let mut thief = member.clone();
    for _ in 0..2 {
        app.pass_grace().await;
        assert_eq!(member.refresh().await.status, 200);
    }
    let answer = thief.refresh().await;
    answer.assert_problem(401, "reuse");
    answer.assert_signs_out();
    member.get("/auth/session").await.assert_problem(401, "reuse");
    member.refresh().await.assert_problem(401, "reuse");
    assert!(elsewhere.session_id().await.is_some());
}

#[tokio::test]
async fn a_refresh_without_a_token_is_refused() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    browser.forget_cookie(REFRESH);
    for mut browser in [browser, app.browser()] {
        let answer = browser.refresh().await;
        answer.assert_problem(401, "no_token");
        answer.assert_signs_out();
        assert_eq!(answer.cookie_names(), [ACCESS, REFRESH]);
    }
}

#[tokio::test]
async fn a_refresh_token_of_an_unknown_key_is_refused_and_its_cookie_stays() {
    let app = TestApp::start().await;
    let (_, browser) = app.member().await;
    let key = "k2:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
    let mut deployed_later = app.browser_of_an_instance_with(&[("SECRET_KEYS", key)]).await;
    for name in [ACCESS, REFRESH] {
        deployed_later.set_cookie(name, browser.cookie(name).unwrap());
    }
    let answer = deployed_later.refresh().await;
    answer.assert_problem(401, "invalid");
    answer.assert_leaves_cookies();
    let page = deployed_later.navigate("/").await;
    page.assert_page(200);
    page.assert_leaves_cookies();

    let both = format!("{key},k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
    let mut knows_both = app.browser_of_an_instance_with(&[("SECRET_KEYS", &both)]).await;
    knows_both.set_cookie(REFRESH, browser.cookie(REFRESH).unwrap());
    assert_eq!(knows_both.refresh().await.status, 200);
}

#[tokio::test]
async fn only_our_own_pages_may_refresh_and_a_refused_request_consumes_nothing() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.pass_grace().await;
    let ask = Ask::call("/auth/refresh", &[]);
    let other = ask.clone().with("origin", "https://evil.example");
    for refused in [
        ask.clone().with("sec-fetch-site", "cross-site"),
        ask.clone().with("sec-fetch-site", "none").with("sec-fetch-mode", "navigate"),
        ask.clone().without("origin"),
        other.clone(),
    ] {
        let answer = browser.send(refused).await;
        answer.assert_problem(403, "cross_site");
        answer.assert_leaves_cookies();
    }
    assert_eq!(app.count("select generation from sessions").await, 1);

    // `Sec-Fetch-Site` decides if present.
    let allowed = [other.with("sec-fetch-site", "same-origin"), ask.with("origin", ORIGIN)];
    for allowed in allowed {
        assert_eq!(browser.send(allowed).await.status, 200);
    }
    assert_eq!(app.count("select generation from sessions").await, 2);
}

#[tokio::test]
async fn a_refresh_accepts_only_post() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.pass_grace().await;
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE] {
        let ask = Ask::call("/auth/refresh", &[]).by(method.clone());
        for ask in [ask.clone(), ask.with("sec-fetch-site", "same-origin")] {
            let answer = browser.send(ask).await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
            answer.assert_leaves_cookies();
        }
    }
    // A link to it on another site, clicked.
    let link = Ask::page("/auth/refresh").with("sec-fetch-site", "cross-site");
    let answer = browser.send(link).await;
    assert_eq!(answer.status, 405);
    answer.assert_leaves_cookies();
    assert_eq!(app.count("select generation from sessions").await, 1);
}
