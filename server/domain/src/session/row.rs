//! Session rows, as they are read and listed.

use std::time::Duration;

use derive_more::{Debug, Display};
use time::OffsetDateTime;

use super::values::{Client, EndReason, MemberId, Persistence, Role, SessionId};

/// The random bytes in a session row that key the inner MAC of its refresh tokens, so that a thief of the signing keys
/// alone cannot forge one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[debug("Salt(redacted)")]
pub struct Salt(pub [u8; 16]);

impl Salt {
    /// New random bytes.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the operating system provides randomness");
        Self(bytes)
    }
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
    /// Time of the last refresh that wrote the row. With the generation it tells whether the row has changed
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
    /// Time without a request after which the session ends
    pub idle_timeout: Duration,
    /// The newest generation that was issued
    pub generation: u32,
    /// Time since `generation` was issued, or last replayed late
    pub rotated_ago: Duration,
    /// Time since the last refresh that was answered, except renewals
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
    /// Time without a request after which it ends
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
    /// Time of the last use of the session before this position
    pub seen_at: OffsetDateTime,
    /// The id of that session
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
