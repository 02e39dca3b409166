//! `GET /.well-known/jwks.json`: the public keys of access tokens (RFC 7517).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::http::site::Site;

/// Lists every key with which this instance verifies tokens.
pub(crate) async fn show(State(site): State<Arc<Site>>) -> Response {
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    let keys = serde_json::json!({ "keys": site.resources.session.access_tokens.public_keys() });
    ([cache], Json(keys)).into_response()
}
