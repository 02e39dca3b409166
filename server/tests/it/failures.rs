//! Refused and failed requests: problem details for programs, and words for browsers.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    http::{Method, Request},
};
use base64::{Engine, prelude::BASE64_URL_SAFE};
use tower::ServiceExt;

use crate::helpers::{Answer, Ask, FUNCTIONS, ORIGIN, TestApp, japanese_words, words};

#[tokio::test]
async fn server_functions_accept_only_post() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    for (function, form) in &*FUNCTIONS {
        let path = format!("/api/{function}");
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = browser.send(Ask::call(&path, form).by(method.clone())).await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method}");
            answer.assert_leaves_cookies();
        }
        browser
            .get(&format!("{path}?email=hana@example.com"))
            .await
            .assert_problem(405, "method_not_allowed");
        browser.navigate(&path).await.assert_page(405);
    }
    assert!(browser.session_id().await.is_some());
}

#[tokio::test]
async fn a_response_to_head_has_no_body() {
    let app = TestApp::start().await;
    let paths =
        ["/", "/nowhere", "/profile", "/%00", "/auth/session", "/api/login", "/health/ready"];
    for path in paths {
        for ask in [Ask::page(path), Ask::data(path)] {
            let answer = app.browser().send(ask.by(Method::HEAD)).await;
            assert_eq!(answer.body, "", "{path}");
        }
    }
}

#[tokio::test]
async fn trace_is_refused_everywhere() {
    let app = TestApp::start().await;
    for path in ["/", "/login", "/api/login", "/auth/refresh", "/auth/session", "/health/live"] {
        let trace = Ask::call(path, &[]).by(Method::TRACE).with("x-secret", "not to be echoed");
        let answer = app.browser().send(trace).await;
        assert_eq!(answer.status, 405, "{path}: {}", answer.body);
        answer.assert_lacks("not to be echoed");
    }
}

#[tokio::test]
async fn an_unknown_server_function_is_not_found() {
    let app = TestApp::start().await;
    for path in ["/api/nothing", "/api/login2", "/api/LOGIN", "/api/%6cogin"] {
        app.browser().post(path, &[]).await.assert_problem(404, "not_found");
        app.browser().submit(path, &[]).await.assert_page(404);
    }
}

#[tokio::test]
async fn server_functions_accept_only_urlencoded_forms() {
    let app = TestApp::start().await;
    for content_type in [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/cbor",
        "application/x-www-form-urlencoded-not",
        "x",
    ] {
        let ask = Ask::call("/api/login", &[]).with("content-type", content_type).with_body("{}");
        let answer = app.browser().send(ask).await;
        answer.assert_problem(415, "unsupported_media_type");
        let ask = Ask::form("/api/login", &[]).with("content-type", content_type);
        app.browser().send(ask).await.assert_page(415);
    }
    for content_type in [
        "application/x-www-form-urlencoded; charset=UTF-8",
        "Application/X-WWW-Form-URLencoded",
        "application/x-www-form-urlencoded ;charset=utf-8",
    ] {
        let ask = Ask::call("/api/login", &[]).with("content-type", content_type);
        app.browser().send(ask).await.assert_problem(422, "invalid_fields");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_with_or_without_a_content_length() {
    let app = TestApp::start_with(&[("BODY_LIMIT", "2048")]).await;
    let (fits, too_much) = ("a".repeat(1024), "a".repeat(2100));
    let log_in = |email: &str| Ask::call("/api/login", &[("email", email)]);
    let answer = app.browser().send(log_in(&fits)).await;
    assert_eq!(answer.json()["reason"], "invalid_fields");
    for ask in [log_in(&too_much), log_in(&too_much).without("content-length")] {
        let answer = app.browser().send(ask).await;
        answer.assert_problem(413, "too_large");
        answer.assert_leaves_cookies();
    }
    let page = app.browser().submit("/api/login", &[("email", &too_much)]).await;
    page.assert_page(413);
    page.assert_holds(&words("problems.too_large"));
    let refresh = Ask::call("/auth/refresh", &[("a", &too_much)]);
    app.browser().send(refresh).await.assert_problem(413, "too_large");
}

#[tokio::test]
async fn a_body_that_never_ends_times_out_as_a_client_error() {
    let app = TestApp::start().await;
    let never = futures_util::stream::pending::<Result<Bytes, Infallible>>();
    let request = Request::post("/api/login")
        .header("host", "localhost:3000")
        .header("origin", ORIGIN)
        .body(Body::from_stream(never))
        .unwrap();
    let answer = Answer::read(app.site().oneshot(request).await.unwrap()).await;
    answer.assert_problem(408, "malformed");
}

#[tokio::test]
async fn an_unreadable_body_is_a_client_error() {
    let app = TestApp::start().await;
    for body in [
        "%",
        "%FF",
        "email=%FF%FE",
        "email[a]=b",
        "email=a&email=b",
        "=",
        "&&&",
        "email",
        "\u{0}",
        "email[[[[=a",
        "email[]=a&email[]=b",
        "a=b=c",
        "display_name=%00&email=%00&password=%00",
    ] {
        for (function, _) in &*FUNCTIONS {
            // These read no field, so the body does not matter.
            if ["logout", "get_profile"].contains(function) {
                continue;
            }
            let path = format!("/api/{function}");
            let answer = app.browser().send(Ask::call(&path, &[]).with_body(body)).await;
            assert!([401, 422].contains(&answer.status), "{path} {body}: {}", answer.status);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            let answer = app.browser().send(Ask::form(&path, &[]).with_body(body)).await;
            assert_eq!(answer.status, 303, "{path} {body}");
        }
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_page_for_browsers_and_a_problem_for_programs() {
    let app = TestApp::start().await;
    for path in [
        "/nowhere",
        "/profile/",
        "/pkg/nothing.js",
        "/../etc/passwd",
        "/%00",
        "/.env",
        "/index.html",
    ] {
        let page = app.browser().navigate(path).await;
        page.assert_page(404);
        page.assert_holds(&words("problems.not_found"));
        page.assert_holds(&format!("<code>{}", page.header("x-request-id").unwrap()));
        page.assert_leaves_cookies();
        app.browser().get(path).await.assert_problem(404, "not_found");
    }
}

#[tokio::test]
async fn error_pages_repeat_nothing_from_the_url() {
    let app = TestApp::start().await;
    let evil = r#"{"status":401,"title":"Pwned","reason":"bad_credentials","errors":{"email":"required"}}"#;
    let encoded = BASE64_URL_SAFE.encode(evil);
    for query in [
        format!("__err={encoded}&__path=/api/login"),
        format!("__err={encoded}&__path=%2Fapi%2Flogin"),
        "__err=Pwned&__path=/api/login".to_owned(),
        "error=Pwned&reason=reuse&ended=reuse&notice=saved&flash=Pwned".to_owned(),
    ] {
        for path in ["/login", "/signup", "/signup/confirm", "/"] {
            let page = app.browser().navigate(&format!("{path}?{query}")).await;
            page.assert_page(200);
            page.assert_lacks(&words("problems.bad_credentials"));
            page.assert_lacks(&words("ends.reuse"));
            page.assert_lacks(&words("notices.saved"));
            page.assert_no_problem();
            page.assert_lacks(">Pwned");
        }
    }
}

#[tokio::test]
async fn problem_details_are_in_the_requested_language() {
    let app = TestApp::start().await;
    let wrong = [("email", "hana@example.com"), ("password", "not the right one")];
    let plain_japanese = |key: &str| japanese_words(key).replace('\u{200b}', "");
    for (language, words) in [("en", words as fn(&str) -> String), ("ja", plain_japanese)] {
        let ask = |form| Ask::call("/api/login", form).with("accept-language", language);
        let problem = app.browser().send(ask(&[])).await.json();
        for field in ["email", "password"] {
            assert_eq!(problem["messages"][field], words(&format!("fields.{field}.required")));
        }
        assert_eq!(problem.get("detail"), None);

        let problem = app.browser().send(ask(&wrong)).await.json();
        assert_eq!(problem["detail"], words("problems.bad_credentials"));
        assert_eq!(problem["messages"], serde_json::json!({}));
    }
}

#[tokio::test]
async fn japanese_problems_on_a_page_keep_their_break_points() {
    let app = TestApp::start().await;
    let ask = Ask::call("/api/login", &[]).with("accept-language", "ja");
    let problem = app.browser().send(ask.with("sec-fetch-site", "same-origin")).await.json();
    let words = japanese_words("fields.email.required");
    assert!(words.contains('\u{200b}'));
    assert_eq!(problem["messages"]["email"], words);
}

#[tokio::test]
async fn the_referer_header_does_not_choose_a_redirect() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    let password = crate::helpers::PASSWORD;
    for referer in ["https://evil.example/", "http://localhost:3000/profile", "//evil.example", "x"]
    {
        for (password, to) in [(password, "/"), ("not the right one", "/login")] {
            let form = [("email", email.as_str()), ("password", password)];
            let ask = Ask::form("/api/login", &form).with("referer", referer);
            app.browser().send(ask).await.assert_goes_to(to);
        }
        let ask = Ask::form("/api/choose_locale", &[("locale", "ja")]).with("referer", referer);
        app.browser().send(ask).await.assert_goes_to("/");
    }
}

#[tokio::test]
async fn an_error_page_greets_no_stranger_and_keeps_a_member_signed_in() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let page = browser.navigate("/nowhere").await;
    page.assert_page(404);
    page.assert_leaves_cookies();
    assert!(browser.session_id().await.is_some());
}
