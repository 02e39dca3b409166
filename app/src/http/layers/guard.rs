//! Decides before anything is rendered whether the request may see a page.

use axum::{
    extract::{Query, Request},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::session::Refusal;
use serde::Deserialize;

use super::{identify::Identity, speculation::needs_refresh};
use crate::{
    api::problem::Problem,
    http::{
        answers::{forbid_storing, see_other},
        fetch_metadata::is_speculative,
        next::{here, log_in_then, path_on_this_site},
    },
    pages::{Access, page_at},
};

#[derive(Deserialize, Default)]
struct LogInQuery {
    next: Option<String>,
}

/// Redirects visitors away from members' pages and members away from visitors' pages, but not because a store is
/// unavailable. Unknown paths are open to everybody: their page says "not found".
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    let page = page_at(request.uri().path());
    let access = page.map_or(Access::Everybody, |page| page.access);
    match (access, Identity::of(request.extensions())) {
        (_, Identity::Unknown) => Problem::unavailable().into_response(),
        // A refresh, which a prefetch must not cause, may still help.
        (Access::Members, Identity::Nobody(refusal))
            if refusal != Refusal::NoToken && is_speculative(request.headers()) =>
        {
            needs_refresh().into_response()
        }
        (Access::Members, Identity::Nobody(_)) => see_other(&log_in_then(here(request.uri()))),
        (Access::Visitors, Identity::Member(_)) => {
            let query = Query::<LogInQuery>::try_from_uri(request.uri()).unwrap_or_default();
            see_other(&path_on_this_site(query.next.as_deref()).unwrap_or_else(|| "/".to_owned()))
        }
        _ => {
            let mut response = next.run(request).await;
            // The header of every page depends on the viewer.
            forbid_storing(response.headers_mut());
            response
        }
    }
}
