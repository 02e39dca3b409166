//! Who may do what. Pages are guarded by [`access_of`] before anything is rendered, server functions by
//! [`member`].

use domain::authenticate::Authenticated;

use crate::{ROUTES, api::problem::Problem};

use super::{identity::Identity, request::ServerRequest};

/// Who may see a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Everybody,
    /// Who is not signed in; a member is sent on.
    Visitors,
    /// Members; who is not signed in is sent to log in.
    Members,
}

/// Who may see the page at `path`. Unknown paths are everybody's: they say "not found".
#[must_use]
pub fn access_of(path: &str) -> Access {
    ROUTES.iter().find(|(route, _)| *route == path).map_or(Access::Everybody, |(_, access)| *access)
}

/// The member whose request this is.
///
/// # Errors
/// 401 with the reason, or 503 if the store could not say.
pub fn member(request: &ServerRequest) -> Result<Authenticated, Problem> {
    match request.identity {
        Identity::Member(who) => Ok(who),
        Identity::Nobody(refusal) => Err(refusal.into()),
        Identity::Unknown => Err(Problem::unavailable()),
    }
}
