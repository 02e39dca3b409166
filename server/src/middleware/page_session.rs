//! A page outlives its session: in another tab somebody else has logged in, and the browser has that member's
//! cookies now. The page's scripts say for which session it was rendered; what they ask is refused then, so that
//! nothing is carried out as the wrong member, and the page loads anew.

use app::{
    api::problem::{OTHER_SESSION, Problem},
    session::PAGE_SESSION,
};
use axum::{http::HeaderMap, response::Response};
use domain::session::SessionId;

use crate::answers::problem_response;

/// 409 to a page of another session than the one that the cookies stand for.
pub(crate) fn refused(headers: &HeaderMap, session: SessionId) -> Option<Response> {
    let page = headers.get(PAGE_SESSION)?;
    let is_of_this = page.to_str().is_ok_and(|page| page == session.to_string());
    (!is_of_this).then(|| problem_response(&Problem::new(409, OTHER_SESSION)))
}
