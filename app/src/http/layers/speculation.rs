//! Prefetched and prerendered pages: the browser guesses that the member will want them. They must not rotate a token,
//! and are not bounced.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{bounce, inline_refresh};
use crate::{api::problem::Problem, http::fetch_metadata::is_speculative};

/// 503 to a speculative request that needs a refresh; the browser asks again on the click.
pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    if is_speculative(request.headers())
        && (inline_refresh::would_heal(request.extensions()) || bounce::is_due(&request))
    {
        return Problem::unavailable().into_response();
    }
    next.run(request).await
}
