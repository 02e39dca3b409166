//! `GET /.well-known/change-password`: where password managers send a member to change the password (W3C, "A
//! Well-Known URL for Changing Passwords").

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

/// Leads to the page with the form, which asks for a log-in first where there is none.
pub(crate) async fn lead() -> Response {
    (StatusCode::FOUND, [(header::LOCATION, "/settings/security")]).into_response()
}
