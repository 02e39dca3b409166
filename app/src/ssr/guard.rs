//! Who may see a page; decided before anything is rendered. Server functions ask
//! [`Identity::member`](super::identity::Identity::member).

use crate::ROUTES;

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
