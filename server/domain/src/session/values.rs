//! A session: one sign-in of one member in one browser. Its row in the database says that it exists, its record in the
//! live-session store that it is valid right now. These are the values that both share; rows are in
//! [`row`](super::row).

use std::{net::IpAddr, time::Duration};

use contract::Reason;
pub use contract::{EndReason, Role};
use derive_more::{Debug, Display};
use time::OffsetDateTime;
use uuid::Uuid;

/// A member's id in every store and token. A UUID of version 7, so that rows are stored in order of arrival.
#[derive(Debug, Display, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MemberId(pub Uuid);

impl MemberId {
    /// A new id.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::now_v7())
    }
}

/// A session's id (`sid`) in every store and token.
#[derive(Debug, Display, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub Uuid);

impl SessionId {
    /// A new id.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::now_v7())
    }

    /// Reads what [`SessionId`] displays.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }
}

/// Reason why a request is not a member's. Only `Ended` is final; a refresh or a log-in resolves the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// There is no token.
    NoToken,
    /// The token is not one that we issued.
    Invalid,
    /// The access token has expired.
    AccessExpired,
    /// The session has no live record; a refresh brings it back.
    NotLive,
    /// The session is over.
    Ended(EndReason),
}

impl Refusal {
    /// The `reason` in responses to programs.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::NoToken => Reason::NoToken,
            Self::Invalid => Reason::Invalid,
            Self::AccessExpired => Reason::AccessExpired,
            Self::NotLive => Reason::NotLive,
            Self::Ended(reason) => reason.into(),
        }
    }
}

/// Lifetimes and timeouts.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Lifetime of an access token
    pub access: Duration,
    /// Time after a rotation in which the previous refresh token still gets the same successor
    pub grace: Duration,
    /// Idle timeout of a session that is not remembered
    pub idle: Duration,
    /// Absolute timeout of a session that is not remembered
    pub absolute: Duration,
    /// Idle timeout of a remembered session ("keep me signed in")
    pub remembered_idle: Duration,
    /// Absolute timeout of a remembered session
    pub remembered_absolute: Duration,
}

impl Lifetimes {
    /// Returns whether grace is short enough for the client, which refreshes between 60 % and 90 % of an access token's
    /// life and must be able to rotate by then.
    #[must_use]
    pub fn leave_room_to_refresh(&self) -> bool {
        self.grace * 2 < self.access.mul_f64(0.6)
    }

    /// The idle timeout of a new session.
    #[must_use]
    pub fn idle_of(&self, persistence: Persistence) -> Duration {
        match persistence {
            Persistence::Browser => self.idle,
            Persistence::Remembered => self.remembered_idle,
        }
    }

    /// The absolute timeout of a new session.
    #[must_use]
    pub fn absolute_of(&self, persistence: Persistence) -> Duration {
        match persistence {
            Persistence::Browser => self.absolute,
            Persistence::Remembered => self.remembered_absolute,
        }
    }
}

/// Lifetime of the cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// They are removed when the browser closes.
    Browser,
    /// The member asked to be kept signed in.
    Remembered,
}

/// The browser that sent a request, for the member to recognise. Never decides anything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[debug("Client(redacted)")]
pub struct Client {
    /// The `User-Agent` header, cut to 512 characters.
    pub user_agent: String,
    /// The address that the request came from.
    pub ip: Option<IpAddr>,
}

/// A record of the live-session store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveSession {
    /// The member
    pub member_id: MemberId,
    /// The member's role as of `authority_version`
    pub role: Role,
    /// Raised with every change of role, standing or password; the higher one wins
    pub authority_version: i64,
    /// Time of the last proof of identity
    pub authenticated_at: OffsetDateTime,
    /// The absolute end
    pub absolute_end: OffsetDateTime,
    /// The newest generation whose access token was seen; 0 before the first
    pub newest_generation: u32,
}

#[cfg(any(test, feature = "memory-ports"))]
pub(crate) fn usual_lifetimes() -> Lifetimes {
    Lifetimes {
        access: Duration::from_secs(300),
        grace: Duration::from_secs(10),
        idle: Duration::from_secs(30 * 60),
        absolute: Duration::from_secs(12 * 3600),
        remembered_idle: Duration::from_secs(30 * 86400),
        remembered_absolute: Duration::from_secs(90 * 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_reason_reads_back() {
        for reason in EndReason::ALL.iter().copied() {
            assert_eq!(EndReason::from_name(reason.as_str()), Some(reason));
        }
        assert_eq!(EndReason::from_name("no_token"), None);
    }

    #[test]
    fn a_grace_that_leaves_the_client_no_room_to_refresh_is_recognised() {
        let mut lifetimes = usual_lifetimes();
        assert!(lifetimes.leave_room_to_refresh());
        lifetimes.grace = Duration::from_secs(90);
        assert!(!lifetimes.leave_room_to_refresh());
    }
}
