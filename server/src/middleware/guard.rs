//! Who may see a page, decided before anything is rendered.

use app::{
    api::problem::Problem,
    ssr::{
        guard::{Access, access_of},
        identity::Identity,
        next::{log_in_then, path_on_this_site},
        status::forbid_storing,
    },
};
use axum::{
    extract::{Query, Request},
    middleware::Next,
    response::Response,
};
use domain::session::Refusal;
use serde::Deserialize;

use crate::{
    answers::{problem_response, see_other},
    fetch_metadata::is_speculative,
};

#[derive(Deserialize, Default)]
struct LogInQuery {
    next: Option<String>,
}

/// Sends on who has no business on a page; a failed store is no reason to send anybody anywhere.
pub(crate) async fn guard(request: Request, next: Next) -> Response {
    match (access_of(request.uri().path()), Identity::of(request.extensions())) {
        (_, Identity::Unknown) => unavailable(),
        // A refresh, which a prefetch must not cause, may still heal it.
        (Access::Members, Identity::Nobody(refusal))
            if refusal != Refusal::NoToken && is_speculative(request.headers()) =>
        {
            unavailable()
        }
        (Access::Members, Identity::Nobody(_)) => {
            let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
            see_other(&log_in_then(here))
        }
        (Access::Visitors, Identity::Member(_)) => {
            let query = Query::<LogInQuery>::try_from_uri(request.uri()).unwrap_or_default();
            see_other(&path_on_this_site(query.next.as_deref()).unwrap_or_else(|| "/".to_owned()))
        }
        _ => {
            let mut response = next.run(request).await;
            // The header of every page depends on who asks.
            forbid_storing(response.headers_mut());
            response
        }
    }
}

fn unavailable() -> Response {
    problem_response(&Problem::unavailable())
}
