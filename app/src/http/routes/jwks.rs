//! `GET /.well-known/jwks.json`: the public keys of access tokens (RFC 7517).

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::Resources;

/// Lists every key that this instance verifies with.
pub(crate) async fn show(State(resources): State<Resources>) -> Response {
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    let keys = serde_json::json!({ "keys": resources.session.access_tokens.public_keys() });
    ([cache], Json(keys)).into_response()
}
