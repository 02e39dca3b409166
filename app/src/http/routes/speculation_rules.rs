//! `GET /speculation-rules.json`: browsers fetch the page behind a link once a pointer rests on it, so that it is there
//! at the click (Speculation Rules, prefetch). The layers keep such a request from changing anything.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};

/// Names the rules' path in a page's headers.
pub(crate) const HEADER: (HeaderName, HeaderValue) = (
    HeaderName::from_static("speculation-rules"),
    HeaderValue::from_static("\"/speculation-rules.json\""),
);

const RULES: &str = r#"{"prefetch":[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":"/dev/*"}}]},"eagerness":"moderate"}]}"#;

pub(crate) async fn show() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/speculationrules+json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, RULES).into_response()
}
