//! Whose request this is, as the middleware found out once and everything after it reads.

use domain::{
    authenticate::Authenticated,
    session::{EndReason, Refusal},
};

/// Put into the request's extensions by the middleware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// A member's.
    Member(Authenticated),
    /// Nobody's, and why.
    Nobody(Refusal),
    /// The live-session store could not say. Never to be taken for `Nobody`.
    Unknown,
}

impl Identity {
    /// Why the session that this browser had is over, if it is.
    #[must_use]
    pub fn ended(&self) -> Option<EndReason> {
        match self {
            Self::Nobody(Refusal::Ended(reason)) => Some(*reason),
            _ => None,
        }
    }
}
