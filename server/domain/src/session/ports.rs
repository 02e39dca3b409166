//! The ports of the session protocol: everything that it asks of its surroundings, as traits.
//!
//! **Architecture Invariant:** a port returns "not there" as `Ok(None)` or as a variant of its own. An `Err` always
//! means that the store is unavailable, and every caller fails closed on it.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{
    Client, EndReason, ListedSession, LiveSession, MemberId, Persistence, Salt, SeenCursor,
    SessionId, SessionRow, StoreError, StoredSession, rotation::RefreshKind,
};

/// A session row to insert.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The new id
    pub id: SessionId,
    /// The member
    pub member_id: MemberId,
    /// The member's authority version when they proved who they are; the row is only inserted while it is still this
    pub authority_version: i64,
    /// Keys the inner MAC
    pub salt: Salt,
    /// Lifetime of the cookies
    pub persistence: Persistence,
    /// Its idle timeout
    pub idle_timeout: Duration,
    /// Its absolute timeout
    pub absolute_timeout: Duration,
    /// The browser, for the member to recognise
    pub client: Client,
}

/// The conditional update by which a refresh takes effect on its row.
#[derive(Debug, Clone, Copy)]
pub struct RowUpdate<'a> {
    /// The row as read
    pub row: &'a SessionRow,
    /// The kind of answer
    pub kind: RefreshKind,
    /// The generation of the token that was presented
    pub presented: u32,
    /// The browser that asked
    pub client: &'a Client,
}

impl RowUpdate<'_> {
    /// The generation of the refresh token in the answer.
    #[must_use]
    pub fn answered(&self) -> u32 {
        self.kind.answered(self.row.state.generation, self.presented)
    }
}

/// Outcome of a [`RowUpdate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// The row was as read, and now is as the refresh says.
    Done,
    /// The same, and the token was replayed from another address or browser than the rotation's.
    DoneFromElsewhere,
    /// The row has moved on or ended meanwhile, or the member's authority has changed. Nothing happened.
    Conflict,
}

/// Outcome of ending a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It has ended, for the reason asked.
    Now,
    /// It was over before, for this reason, which stands.
    Before(EndReason),
}

impl Ending {
    /// The reason that stands when this one was asked for: the first one given.
    #[must_use]
    pub fn standing(self, asked: EndReason) -> EndReason {
        match self {
            Self::Now => asked,
            Self::Before(reason) => reason,
        }
    }
}

/// The most sessions that a change concerning all of a member's sessions names. The named ones are closed before the
/// response, so no member may have more open sessions than this.
pub const NAMED_MAX: usize = 1000;

/// The sessions affected by a change: those that it ended, or those that go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Affected {
    /// Their number
    pub count: u64,
    /// The most recently seen of them, at most [`NAMED_MAX`]
    pub named: Vec<SessionId>,
}

impl Affected {
    /// Returns whether each of them is named.
    #[must_use]
    pub fn are_all_named(&self) -> bool {
        self.count == self.named.len() as u64
    }
}

/// A session that has begun.
#[derive(Debug, Clone)]
pub struct Started {
    /// Its row
    pub row: SessionRow,
    /// The member's sessions that ended to make room for it (`revoked`), at most [`NAMED_MAX`]
    pub displaced: Vec<SessionId>,
}

/// A part of a member's list of open sessions.
#[derive(Debug, Clone, Copy)]
pub struct ListQuery {
    /// Listed first, wherever the part begins
    pub first: SessionId,
    /// Begins after this one; `None`: at the beginning
    pub before: Option<SeenCursor>,
    /// The time after the idle timeout in which a session may have been used without writing its row
    pub idle_slack: Duration,
    /// Maximum number
    pub limit: u32,
}

/// Selection of ended sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Those whose tombstone the live-session store has not taken, as far as the row knows.
    Unclosed,
    /// All.
    All,
}

/// A part of the list of sessions that ended within `within`, the earliest first.
#[derive(Debug, Clone, Copy)]
pub struct EndedQuery {
    /// The selection
    pub ends: Ends,
    /// The time since the end
    pub within: Duration,
    /// Begins after this one; `None`: at the beginning
    pub after: Option<EndedSession>,
    /// Maximum number
    pub limit: u32,
}

/// A session that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedSession {
    /// The session's id
    pub id: SessionId,
    /// The reason of its end
    pub reason: EndReason,
    /// Time of the end
    pub ended_at: OffsetDateTime,
}

/// Session rows: the truth about which sessions exist, their generation, and their end. Every end is committed
/// synchronously, and the first reason stands.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Inserts the row while holding the member's, if the member still has this authority version and may sign in;
    /// otherwise returns `None`. If the member then has more than `open_max` open sessions, those past their time end
    /// in the same transaction, and after them the oldest. Log-ins of one member wait for each other, so that two at
    /// once do not both find the last place free.
    async fn start(&self, new: &NewSession, open_max: u32) -> Result<Option<Started>, StoreError>;
    /// Reads the row, from the primary and without a lock.
    async fn find(&self, id: SessionId) -> Result<Option<StoredSession>, StoreError>;
    /// Does the same for a refresh, of which there may be a storm. Only refreshes may have to wait for one another.
    async fn find_to_refresh(&self, id: SessionId) -> Result<Option<StoredSession>, StoreError>;
    /// Returns whether the row still has this generation and has not ended, and its member still has this authority
    /// version.
    async fn confirm(&self, row: &SessionRow) -> Result<bool, StoreError>;
    /// Applies [`rotation::apply`](super::rotation::apply) to the row, if it still has the generation that was read and
    /// has not ended, and its member still has the authority version. For a late replay, also only if no refresh has
    /// written the row since. A rotation may be committed asynchronously: what a crash loses, "ahead" heals. Replays
    /// are committed synchronously.
    async fn advance(&self, update: RowUpdate<'_>) -> Result<UpdateOutcome, StoreError>;
    /// Ends a session. `None`: no such session.
    async fn end(&self, id: SessionId, reason: EndReason) -> Result<Option<Ending>, StoreError>;
    /// Ends a session whose row says that it is over, if the row has not changed since it was read: a session that was
    /// refreshed meanwhile goes on. Returns whether it ended the session.
    async fn end_as_read(&self, row: &SessionRow, reason: EndReason) -> Result<bool, StoreError>;
    /// Ends a session if it is this member's. `None`: it is not, or there is no such session.
    async fn end_of(
        &self,
        member_id: MemberId,
        id: SessionId,
        reason: EndReason,
    ) -> Result<Option<Ending>, StoreError>;
    /// Ends every open session of a member except `kept`, and returns them.
    async fn end_others_of(
        &self,
        member_id: MemberId,
        kept: SessionId,
        reason: EndReason,
    ) -> Result<Affected, StoreError>;
    /// Ends every open session of every member, and returns their number.
    async fn end_all(&self, reason: EndReason) -> Result<u64, StoreError>;
    /// The open sessions of a member, most recently seen first, without those past their timeouts.
    async fn list_of(
        &self,
        member_id: MemberId,
        query: ListQuery,
    ) -> Result<Vec<ListedSession>, StoreError>;
    /// The sessions that ended recently.
    async fn ended(&self, query: EndedQuery) -> Result<Vec<EndedSession>, StoreError>;
    /// Notes that the live-session store has taken the tombstones of these sessions. If a crash loses the note, they
    /// are closed once more.
    async fn note_closed(&self, ids: &[SessionId]) -> Result<(), StoreError>;
}

/// Outcome of opening a live session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It is live.
    Live,
    /// There is a tombstone; nothing was changed.
    Ended(EndReason),
}

/// Purpose of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckMode {
    /// A member's request uses the session, with an access token of this generation.
    Use {
        /// The access token's generation
        generation: u32,
    },
    /// Reads only, as for a prefetch: nothing is extended and no generation is noted.
    Peek,
}

/// State of a live session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It is live.
    Live {
        /// The record
        session: LiveSession,
        /// The time until the record expires if it is not used again
        idle_left: Duration,
        /// True if this check moved that time
        is_extended: bool,
    },
    /// There is no record: idle too long, or the store was wiped. The row decides.
    Absent,
    /// It is over.
    Ended(EndReason),
}

/// The live-session store: whether a session is valid right now. Every operation is idempotent and one round trip; two
/// if it writes and the store can only compare and swap.
#[async_trait]
pub trait LiveSessions: Send + Sync {
    /// Creates or renews the record, with its idle timeout. A tombstone refuses; the higher authority version stays.
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError>;
    /// Reads the record, and never creates one. [`CheckMode::Use`] extends it if more than a minute of its idle timeout
    /// is used up, never past the absolute end, and notes the access token's generation.
    async fn check(&self, id: SessionId, mode: CheckMode) -> Result<Checked, StoreError>;
    /// Puts a tombstone in the record's place.
    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError>;
}

/// A session was refreshed too often. Nothing was consumed; the same token works again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session was refreshed too often")]
pub struct RefreshedTooOften {
    /// The time after which it can be refreshed again
    pub retry_after: Duration,
}

/// Limits how often a session is refreshed.
#[async_trait]
pub trait RefreshLimit: Send + Sync {
    /// Counts a refresh.
    ///
    /// # Errors
    /// There were too many; this one was not counted.
    async fn take(&self, id: SessionId) -> Result<(), RefreshedTooOften>;
}

/// Informs members whose session was ended because its refresh token was stolen.
pub trait ReuseNotice: Send + Sync {
    /// Sends the notice in the background, so that the sender of the token does not wait. The implementation logs its
    /// failures.
    fn send(&self, member: MemberId);
}
