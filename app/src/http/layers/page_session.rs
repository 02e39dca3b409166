//! The check that a page and the cookies belong to the same session. After another member has logged in in another tab,
//! an open page sends that member's cookies. The page's scripts name the session that it was rendered for; if it
//! differs, the request is refused, so that nothing is done as the wrong member, and the page reloads.

use axum::{
    extract::Request,
    http::HeaderMap,
    middleware::Next,
    response::{IntoResponse, Response},
};
use contract::{Reason, headers::PAGE_SESSION};
use domain::session::SessionId;

use super::identify::Identity;
use crate::api::problem::Problem;

/// Refuses a request from a page of another session.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    if let Identity::Member(who) = Identity::of(request.extensions())
        && let Some(problem) = problem(request.headers(), who.claims.session_id)
    {
        return problem.into_response();
    }
    next.run(request).await
}

/// 409 for a page of another session than that of the cookies.
pub(crate) fn problem(headers: &HeaderMap, session: SessionId) -> Option<Problem> {
    let page = headers.get(PAGE_SESSION)?;
    let is_of_this = page.to_str().is_ok_and(|page| page == session.to_string());
    (!is_of_this).then(|| Problem::new(409, Reason::OtherSession))
}
