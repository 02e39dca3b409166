//! The errors of requests.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// Error of a request.
#[derive(Debug)]
pub enum Failure {
    /// It is not signed in, or names no member.
    NotSignedIn,
    /// A store failed, which says nothing about whether it is signed in.
    Unavailable(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Unavailable(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED.into_response(),
            Self::Unavailable(error) => {
                tracing::warn!(error = format!("{error:#}"), "request.failed");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}
