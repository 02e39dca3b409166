//! The checks that a request passes before anything acts on it.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::{cross_site, limits, request_head};
use crate::{api::problem::Problem, http::site::Site};

/// Refuses malformed requests, cross-site requests, and requests over a limit.
pub(crate) async fn admit(
    State(site): State<Arc<Site>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    request_head::check(&request)?;
    cross_site::check(&request, &site.settings.origin)?;
    // After the cross-site check, so that other sites cannot use up a browser's limit.
    limits::count_unsafe(&mut request, &site.resources).await?;
    Ok(next.run(request).await)
}
