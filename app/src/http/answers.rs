//! Responses that are not pages (problems and redirects), and headers for responses that depend on the client.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::api::problem::Problem;

/// Forbids caches to store a response that depends on the client.
pub const NO_STORE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
/// Seconds to wait after a 503.
pub const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Replaces the response's caching headers.
pub fn forbid_storing(headers: &mut HeaderMap) {
    let (name, value) = NO_STORE;
    headers.insert(name, value);
}

/// Discards the pages that this browser has prefetched: they show its member, language and data as they were. Chromium
/// shows them for five minutes, `no-store` or not.
pub fn discard_prefetched(headers: &mut HeaderMap) {
    let directives = HeaderValue::from_static("\"prefetchCache\", \"prerenderCache\"");
    headers.insert(HeaderName::from_static("clear-site-data"), directives);
}

/// Status and headers of a problem. The problem itself is stored in the response's extensions, and
/// [`failure::show`](super::layers::failure::show) renders it as a page or as JSON.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, [NO_STORE]).into_response();
        ask_to_wait(response.headers_mut(), status, self.retry_after);
        response.extensions_mut().insert(self);
        response
    }
}

/// Sets `Retry-After` after a 503 or a limit.
pub(crate) fn ask_to_wait(headers: &mut HeaderMap, status: StatusCode, seconds: Option<u64>) {
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    if let Some(seconds) = seconds {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
}

/// 303 with an empty body. `to` is a constant or was checked to stay on this site.
pub(crate) fn see_other(to: &str) -> Response {
    let location = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    let headers = [(header::LOCATION, location), NO_STORE];
    (StatusCode::SEE_OTHER, headers).into_response()
}
