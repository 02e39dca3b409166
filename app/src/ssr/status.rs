//! What an answer says in its head besides cookies: its status, when to come again, that nobody keeps it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// Nobody keeps the answer: it depends on who asks.
pub const NO_STORE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
/// When to come again after a 503, in seconds.
pub const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Says of an answer that nobody keeps it, whatever it said of that before.
pub fn forbid_storing(headers: &mut HeaderMap) {
    let (name, value) = NO_STORE;
    headers.insert(name, value);
}

/// While a page is rendered: answers with this status.
pub fn answer_with(status: u16) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.set_status(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header(header::RETRY_AFTER, RETRY_AFTER);
    }
}
