//! The token that a page's script sends (RFC 6750 §2.1).

use axum::http::{HeaderMap, header::AUTHORIZATION};

/// The token of `Authorization: Bearer`.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
