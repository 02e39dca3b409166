//! A session: one sign-in of one member in one browser. Its truth is a row in Postgres, its being live
//! right now a record in Redis; this file owns the words for both.

use std::{fmt, net::IpAddr, time::Duration};

pub use contract::EndReason;
use contract::Reason;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::account::member::{MemberId, Role};

/// Names a session (`sid`) in every store and token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The random bytes in a session row that key the inner MAC of its refresh tokens: who steals only the
/// signing keys cannot make one.
#[derive(Clone, PartialEq, Eq)]
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

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(redacted)")
    }
}

/// Why a request is not a member's. Only `Ended` is final; the others a refresh or a log-in heals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No token came along.
    NoToken,
    /// The token is not one that we issued.
    Invalid,
    /// The access token is past its time.
    AccessExpired,
    /// The session is not at the front desk; a refresh brings it back.
    NotLive,
    /// The session is over.
    Ended(EndReason),
}

impl Refusal {
    /// The reason in answers.
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

/// How long things last.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// An access token's life.
    pub access: Duration,
    /// After a rotation, how long the previous refresh token still gets the same successor.
    pub grace: Duration,
    /// A session that was not to be remembered ends after this long without a request …
    pub idle: Duration,
    /// … and at this age.
    pub absolute: Duration,
    /// The same for "keep me signed in".
    pub remembered_idle: Duration,
    /// The greatest age of a remembered session.
    pub remembered_absolute: Duration,
}

impl Lifetimes {
    /// Whether grace leaves the client room: it refreshes between 60 % and 90 % of an access token's life,
    /// and must be able to rotate by then.
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

    /// The greatest age of a new session.
    #[must_use]
    pub fn absolute_of(&self, persistence: Persistence) -> Duration {
        match persistence {
            Persistence::Browser => self.absolute,
            Persistence::Remembered => self.remembered_absolute,
        }
    }
}

/// Whether a session outlives the browser's being closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// Its cookies go when the browser is closed.
    Browser,
    /// The member asked to be kept signed in.
    Remembered,
}

/// The browser on whose behalf a request came, for the member to recognise. Never decides anything.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Client {
    /// The `User-Agent` header, cut to 512 characters.
    pub user_agent: String,
    /// The address that the request came from.
    pub ip: Option<IpAddr>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client(redacted)")
    }
}

/// A session row as it is read.
#[derive(Debug, Clone)]
pub enum StoredSession {
    /// It has not ended, though its age may say that it should.
    Open(SessionRow),
    /// It is over. Its member may be gone with it.
    Ended {
        /// Keys the inner MAC
        salt: Salt,
        /// Why it is over
        reason: EndReason,
    },
}

impl StoredSession {
    /// What keys the inner MAC of its refresh tokens.
    #[must_use]
    pub fn salt(&self) -> &Salt {
        match self {
            Self::Open(row) => &row.salt,
            Self::Ended { salt, .. } => salt,
        }
    }

    /// Why it is over, if it is.
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

/// The row of a session that has not ended, as refresh needs it. Ages are measured by the database's clock,
/// the only one that all instances share; a negative age is zero.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// The session's id
    pub id: SessionId,
    /// Whose it is
    pub member_id: MemberId,
    /// The member's role now
    pub role: Role,
    /// The member's authority version now
    pub authority_version: i64,
    /// Keys the inner MAC
    pub salt: Salt,
    /// When the member signed in
    pub created_at: OffsetDateTime,
    /// When it ends at the latest
    pub absolute_end: OffsetDateTime,
    /// The time until then; zero once it is past
    pub remaining: Duration,
    /// Ends after this long without a request
    pub idle_timeout: Duration,
    /// Whether it outlives the browser's being closed
    pub persistence: Persistence,
    /// The newest generation that was issued
    pub generation: u32,
    /// Since `generation` was made, or last answered late
    pub rotated_ago: Duration,
    /// When the row was last written by a refresh. With the generation it tells whether the row still is as it
    /// was read
    pub seen_at: OffsetDateTime,
    /// The time since then
    pub seen_ago: Duration,
    /// The generation that the last late replay answered
    pub late_replay: Option<u32>,
}

/// A session as its member's list shows it.
#[derive(Debug, Clone)]
pub struct ListedSession {
    /// The session's id
    pub id: SessionId,
    /// The browser, as of the last refresh that counted
    pub client: Client,
    /// When the member signed in
    pub created_at: OffsetDateTime,
    /// When the last refresh that counted was
    pub seen_at: OffsetDateTime,
    /// The time since then
    pub seen_ago: Duration,
    /// Ends after this long without a request
    pub idle_timeout: Duration,
    /// The time until its absolute end
    pub remaining: Duration,
    /// Whether it outlives the browser's being closed
    pub persistence: Persistence,
    /// How often a token was replayed from another address or browser than the one that it was rotated from
    pub replays_from_elsewhere: u32,
}

/// The record at the front desk: what an authenticated request goes on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveSession {
    /// Whose session it is
    pub member_id: MemberId,
    /// What the member may do, as of `authority_version`
    pub role: Role,
    /// Raised with every change of role, standing or password; the higher one wins
    pub authority_version: i64,
    /// When the member last proved who they are
    pub authenticated_at: OffsetDateTime,
    /// When the session ends at the latest
    pub absolute_end: OffsetDateTime,
    /// The newest generation of which an access token was seen; 0 before the first
    pub newest_generation: u32,
}

#[cfg(test)]
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
    fn a_grace_that_leaves_the_client_no_room_is_found() {
        let mut lifetimes = usual_lifetimes();
        assert!(lifetimes.leave_room_to_refresh());
        lifetimes.grace = Duration::from_secs(90);
        assert!(!lifetimes.leave_room_to_refresh());
    }
}
