//! `GET /speculation-rules.json`: browsers prerender the page behind a link that the pointer rests on, or prefetch it if
//! they cannot prerender now (Speculation Rules). The layers keep such a request from changing anything.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};

/// The page header with the rules' path.
pub(crate) const HEADER: (HeaderName, HeaderValue) = (
    HeaderName::from_static("speculation-rules"),
    HeaderValue::from_static("\"/speculation-rules.json\""),
);

macro_rules! links_of_pages {
    () => {
        r#"[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":"/dev/*"}}]},"eagerness":"moderate"}]"#
    };
}

const RULES: &str =
    concat!(r#"{"prefetch":"#, links_of_pages!(), r#","prerender":"#, links_of_pages!(), "}");

pub(crate) async fn show() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/speculationrules+json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, RULES).into_response()
}
