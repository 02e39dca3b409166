//! Answers that are not pages: a problem, a redirect; and the headers that go with any answer that depends on the
//! request's sender.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::api::problem::Problem;

/// No cache keeps the answer: it depends on the sender.
pub const NO_STORE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
/// Seconds to wait after a 503.
pub const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Replaces whatever the answer said about caching.
pub fn forbid_storing(headers: &mut HeaderMap) {
    let (name, value) = NO_STORE;
    headers.insert(name, value);
}

/// Status and headers of a problem. The problem itself goes along in the response's extensions:
/// [`failure::show`](super::layers::failure::show) writes the body that the request's sender reads.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, [NO_STORE]).into_response();
        ask_to_wait(response.headers_mut(), status, self.retry_after);
        response.extensions_mut().insert(self);
        response
    }
}

/// Says when to come back after a 503 or a limit.
pub(crate) fn ask_to_wait(headers: &mut HeaderMap, status: StatusCode, seconds: Option<u64>) {
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    if let Some(seconds) = seconds {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
}

/// 303 with an empty body. `to` is ours or was checked to stay on this site.
pub(crate) fn see_other(to: &str) -> Response {
    let location = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    let headers = [(header::LOCATION, location), NO_STORE];
    (StatusCode::SEE_OTHER, headers).into_response()
}
