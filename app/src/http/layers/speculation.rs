//! Prefetched and prerendered pages. They must not rotate a token, and are not bounced.
//!
//! Browsers discard what is not 2xx and ask again on the click. Not 503, which stands for a failure and raises alerts:
//! anybody can send such a request.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use contract::Reason;

use super::{bounce, inline_refresh};
use crate::{api::problem::Problem, http::fetch_metadata::is_speculative};

/// Refuses a speculative request that needs a refresh; the browser retries on the click.
pub(crate) async fn refuse(request: Request, next: Next) -> Response {
    if is_speculative(request.headers())
        && (inline_refresh::would_heal(request.extensions()) || bounce::is_due(&request))
    {
        return needs_refresh().into_response();
    }
    next.run(request).await
}

/// The refusal of a speculative request that is of use only after a refresh.
pub(super) fn needs_refresh() -> Problem {
    Problem::new(401, Reason::AccessExpired)
}
