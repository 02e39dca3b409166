//! The status of a page that cannot be shown.

use axum::http::{HeaderValue, StatusCode, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// When to come again after a 503, in seconds.
pub const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// While a page is rendered: answers with this status.
pub fn answer_with(status: u16) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.set_status(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header(header::RETRY_AFTER, RETRY_AFTER);
    }
}
