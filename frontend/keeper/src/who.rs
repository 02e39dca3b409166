//! Identity of the member that a page was rendered for.

use std::time::Duration;

use crate::schedule::Lifetimes;

/// The session that a page was rendered for, or that a tab has announced. It never changes while the page lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The server could not tell, as in the middle of a change of keys. Such a page announces nothing and follows
    /// nobody: two instances that disagree would make tabs reload each other without end.
    Unknown,
    /// Nobody is signed in.
    Nobody,
    /// A member is.
    Member {
        /// The member's id.
        member: String,
        /// The session's id.
        session: String,
    },
}

/// The server's report on rendering the page.
#[derive(Debug, Clone)]
pub enum Viewer {
    /// As [`Who::Unknown`].
    Unknown,
    /// As [`Who::Nobody`].
    Nobody,
    /// As [`Who::Member`].
    Member {
        /// The member's id.
        member: String,
        /// The session's id.
        session: String,
        /// The time left.
        lifetimes: Lifetimes,
        /// The period in which a rotated refresh token still gets the same successor.
        grace: Duration,
    },
}
