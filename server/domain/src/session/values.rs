//! A session: one sign-in of one member in one browser. Its row in the database says that it exists, its record in the
//! live-session store that it is valid right now. This file defines the types of both.

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

/// The random bytes in a session row that key the inner MAC of its refresh tokens: a thief of the signing keys alone
/// cannot make one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[debug("Salt(redacted)")]
pub struct Salt(pub [u8; 16]);

impl Salt {
    /// New random bytes.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives randomness");
        Self(bytes)
    }
}

/// Reason why a request is not a member's. Only `Ended` is final; a refresh or a log-in heals the others.
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
    /// Of an access token.
    pub access: Duration,
    /// The time after a rotation in which the previous refresh token still gets the same successor.
    pub grace: Duration,
    /// A session that is not remembered ends after this long without a request …
    pub idle: Duration,
    /// … and at this age.
    pub absolute: Duration,
    /// The same for "keep me signed in".
    pub remembered_idle: Duration,
    /// The absolute timeout of a remembered session.
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

/// A session row as read.
#[derive(Debug, Clone)]
pub enum StoredSession {
    /// It has not ended, though it may be past its timeouts.
    Open(SessionRow),
    /// It is over. Its member may have been deleted.
    Ended {
        /// Keys the inner MAC
        salt: Salt,
        /// The reason of its end
        reason: EndReason,
    },
}

impl StoredSession {
    /// The key of the inner MAC of its refresh tokens.
    #[must_use]
    pub fn salt(&self) -> &Salt {
        match self {
            Self::Open(row) => &row.salt,
            Self::Ended { salt, .. } => salt,
        }
    }

    /// The reason of its end, if it has ended.
    #[must_use]
    pub fn ended(&self) -> Option<EndReason> {
        match self {
            Self::Open(_) => None,
            Self::Ended { reason, .. } => Some(*reason),
        }
    }

    /// The row of a session that has not ended.
    #[must_use]
    pub fn open(self) -> Option<SessionRow> {
        match self {
            Self::Open(row) => Some(row),
            Self::Ended { .. } => None,
        }
    }
}

/// The row of a session that has not ended, as refresh needs it.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// The session's id
    pub id: SessionId,
    /// The member
    pub member_id: MemberId,
    /// The member's current role
    pub role: Role,
    /// The member's current authority version
    pub authority_version: i64,
    /// Keys the inner MAC
    pub salt: Salt,
    /// Time of the sign-in
    pub created_at: OffsetDateTime,
    /// The absolute end
    pub absolute_end: OffsetDateTime,
    /// Lifetime of the cookies
    pub persistence: Persistence,
    /// Time of the last refresh that wrote the row. With the generation it tells whether the row still is as read
    pub seen_at: OffsetDateTime,
    /// The part that the rules of rotation are about
    pub state: RowState,
}

/// The part of a session row that the rules of rotation read and change. Ages are measured by the database's clock, the
/// only one that all instances share; a negative age is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowState {
    /// The time until the absolute end; zero once it is past
    pub remaining: Duration,
    /// The session ends after this long without a request
    pub idle_timeout: Duration,
    /// The newest generation that was issued
    pub generation: u32,
    /// Since `generation` was issued, or last replayed late
    pub rotated_ago: Duration,
    /// Since the last refresh that was answered, except renewals
    pub seen_ago: Duration,
    /// The generation that the last late replay answered
    pub late_replay: Option<u32>,
}

/// A session as its member's list shows it.
#[derive(Debug, Clone)]
pub struct ListedSession {
    /// The session's id
    pub id: SessionId,
    /// The browser of the last rotation
    pub client: Client,
    /// Time of the sign-in
    pub created_at: OffsetDateTime,
    /// Time of the last refresh that wrote the row
    pub seen_at: OffsetDateTime,
    /// The time since then
    pub seen_ago: Duration,
    /// Ends after this long without a request
    pub idle_timeout: Duration,
    /// The time until its absolute end
    pub remaining: Duration,
    /// Lifetime of the cookies
    pub persistence: Persistence,
    /// Number of replays from another address or browser than the rotation's
    pub replays_from_elsewhere: u32,
}

/// A position in a list of sessions, most recently seen first. It holds the values that the list is sorted by, so it
/// stays valid when its session is seen again, or ends. Displayed in microseconds, the precision of the rows.
#[derive(Debug, Display, Clone, Copy, PartialEq, Eq)]
#[display("{}.{id}", seen_at.unix_timestamp_nanos() / 1000)]
pub struct SeenCursor {
    /// Last use of the session before this position
    pub seen_at: OffsetDateTime,
    /// That session
    pub id: SessionId,
}

impl SeenCursor {
    /// Reads what [`SeenCursor`] displays.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (seen, id) = text.split_once('.')?;
        let nanoseconds = seen.parse::<i64>().ok()?.checked_mul(1000)?;
        let seen_at = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds.into()).ok()?;
        Some(Self { seen_at, id: SessionId::parse(id)? })
    }
}

/// A record of the live-session store, with which an authenticated request goes on.
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
    /// The newest generation of which an access token was seen; 0 before the first
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
    fn a_cursor_reads_back_and_nothing_else_does() {
        let seen_at = OffsetDateTime::UNIX_EPOCH + Duration::from_micros(1_790_000_000_123_456);
        let cursor = SeenCursor { seen_at, id: SessionId::random() };
        assert_eq!(SeenCursor::parse(&cursor.to_string()), Some(cursor));
        let id = cursor.id;
        for text in ["", ".", "1", "1.x", "x.1", &format!("{}.{id}", i64::MAX), &format!(".{id}")] {
            assert_eq!(SeenCursor::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_grace_that_leaves_the_client_no_room_to_refresh_is_recognised() {
        let mut lifetimes = usual_lifetimes();
        assert!(lifetimes.leave_room_to_refresh());
        lifetimes.grace = Duration::from_secs(90);
        assert!(!lifetimes.leave_room_to_refresh());
    }
}
