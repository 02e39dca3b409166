//! Prefetched and prerendered pages. They must not rotate a token, and are not bounced.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{bounce, inline_refresh};
use crate::{api::problem::Problem, http::fetch_metadata::is_speculative};

/// Answers a speculative request that needs a refresh with 503; the browser retries on the click.
pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    if is_speculative(request.headers())
        && (inline_refresh::would_heal(request.extensions()) || bounce::is_due(&request))
    {
        return Problem::unavailable().into_response();
    }
    next.run(request).await
}
