//! `GET /.well-known/change-password`: the address where password managers send members to change their password (W3C,
//! "A Well-Known URL for Changing Passwords").

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// Redirects to the page with the form, which needs a log-in first.
pub(crate) async fn lead() -> Response {
    (StatusCode::FOUND, [(header::LOCATION, "/settings/security")]).into_response()
}
