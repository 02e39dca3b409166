//! Whose request this is, as the middleware found out once and everything after it reads.

use axum::http::Extensions;
use domain::session::{EndReason, Refusal, authenticate::Authenticated};

use crate::api::problem::Problem;

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
    /// What the middleware found out about a request; without it, nobody's.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self::Nobody(Refusal::NoToken))
    }

    /// The member whose request it is.
    ///
    /// # Errors
    /// 401 with the reason, or 503 if the store could not say.
    pub fn member(self) -> Result<Authenticated, Problem> {
        match self {
            Self::Member(who) => Ok(who),
            Self::Nobody(refusal) => Err(refusal.into()),
            Self::Unknown => Err(Problem::unavailable()),
        }
    }

    /// Whether nobody is signed in for certain. A refresh may heal what else is refused; and another instance may
    /// read a token that this one cannot.
    #[must_use]
    pub fn is_signed_out(&self) -> bool {
        matches!(self, Self::Nobody(Refusal::NoToken | Refusal::Ended(_)))
    }

    /// Why the session that this browser had is over, if it is.
    #[must_use]
    pub fn ended(&self) -> Option<EndReason> {
        match self {
            Self::Nobody(Refusal::Ended(reason)) => Some(*reason),
            _ => None,
        }
    }
}
