//! Session rows, as use cases reach them.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::StoreError;
use crate::{
    account::member::MemberId,
    credentials::password::PasswordHash,
    session::{
        Client, EndReason, ListedSession, Persistence, Salt, SessionId, SessionRow, StoredSession,
        list_sessions::SeenCursor, rotation::Move,
    },
};

/// A session row to be.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The new id
    pub id: SessionId,
    /// Whose it is
    pub member_id: MemberId,
    /// The hash that was verified; the row is only made while it is still the member's
    pub verified_hash: PasswordHash,
    /// Keys the inner MAC
    pub salt: Salt,
    /// Whether it outlives the browser's being closed
    pub persistence: Persistence,
    /// Its idle timeout
    pub idle_timeout: Duration,
    /// Its greatest age
    pub absolute_timeout: Duration,
    /// The browser, for the member to recognise
    pub client: Client,
}

/// A refresh that is about to be answered, as one conditional statement on its row.
#[derive(Debug, Clone, Copy)]
pub struct Advance<'a> {
    /// The row as it was read; if it has another generation now, or its member another authority version, nothing
    /// happens
    pub row: &'a SessionRow,
    /// How the refresh is answered
    pub by: Move,
    /// The generation that is answered
    pub answered: u32,
    /// The browser that asked
    pub client: &'a Client,
}

/// What became of an [`Advance`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advanced {
    /// The row was as expected, and is as the refresh says now.
    Done,
    /// The same, and a token was replayed from another address or browser than the one it was rotated from.
    DoneFromElsewhere,
    /// The row has moved on or ended meanwhile, or the member's authority has changed; nothing happened.
    Not,
}

/// What became of ending a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It has ended, for the reason asked.
    Now,
    /// It was over before, for this reason, which stands.
    Before(EndReason),
}

impl Ending {
    /// The reason that stands, if this one was asked for: the first one.
    #[must_use]
    pub fn standing(self, asked: EndReason) -> EndReason {
        match self {
            Self::Now => asked,
            Self::Before(reason) => reason,
        }
    }
}

/// How many sessions a change that is about all of a member's names at most. What it ends and names is closed before
/// it is answered, so no member may have more than these open.
pub const NAMED_MAX: usize = 1000;

/// The sessions that a change is about: those that it has ended, or those that go on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Affected {
    /// How many there are
    pub count: u64,
    /// The last seen of them, at most [`NAMED_MAX`]
    pub named: Vec<SessionId>,
}

impl Affected {
    /// Whether each of them is named.
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
    /// Comes first, wherever the list begins
    pub first: SessionId,
    /// Begins after this one; `None`: at the beginning
    pub before: Option<SeenCursor>,
    /// The time after its idle timeout in which a session may have been used without its row knowing
    pub idle_slack: Duration,
    /// How many at most
    pub limit: u32,
}

/// Which ended sessions are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Those whose tombstone the live-session store has not taken, as far as the row knows.
    Unclosed,
    /// All.
    All,
}

/// A part of the list of what ended within `within`, the earliest first.
#[derive(Debug, Clone, Copy)]
pub struct EndedQuery {
    /// Which of them
    pub ends: Ends,
    /// The time since the end
    pub within: Duration,
    /// Begins after this one; `None`: at the beginning
    pub after: Option<EndedSession>,
    /// How many at most
    pub limit: u32,
}

/// A session that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedSession {
    /// The session's id
    pub id: SessionId,
    /// Why it is over
    pub reason: EndReason,
    /// Since when
    pub ended_at: OffsetDateTime,
}

/// The truth about which sessions exist, their generation, and their end. Every end is committed
/// synchronously, and the first reason stands.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Inserts the row while holding the member's, if the verified hash is still the member's and the
    /// member is active. `None`: it is not. Where the member has more than `open_max` open sessions then, those that
    /// are past their time end in the same transaction, and after them the oldest. Log-ins of one member wait for
    /// each other, so that two at once do not both find the last place free.
    async fn start(&self, new: &NewSession, open_max: u32) -> Result<Option<Started>, StoreError>;
    /// Reads the row, from the primary and without a lock.
    async fn find(&self, id: SessionId) -> Result<Option<StoredSession>, StoreError>;
    /// Whether the row still has this generation and has not ended, and its member this authority version.
    async fn confirm(&self, row: &SessionRow) -> Result<bool, StoreError>;
    /// Moves the row on, or confirms that it has not moved, if it still has this generation and has not
    /// ended; for a late replay, also only if no refresh has written the row since it was read. A rotation may
    /// be committed asynchronously: what a crash loses, "ahead" heals. Replays are committed synchronously.
    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, StoreError>;
    /// Ends a session. `None`: no such session.
    async fn end(&self, id: SessionId, reason: EndReason) -> Result<Option<Ending>, StoreError>;
    /// Ends a session whose row says that it is over, if nothing has happened to the row since it was read: a
    /// session that another refresh has brought on meanwhile goes on. Answers whether it has ended it.
    async fn end_as_read(&self, row: &SessionRow, reason: EndReason) -> Result<bool, StoreError>;
    /// Ends a session if it is this member's. `None`: it is not, or there is no such session.
    async fn end_of(
        &self,
        member_id: MemberId,
        id: SessionId,
        reason: EndReason,
    ) -> Result<Option<Ending>, StoreError>;
    /// Ends every open session of a member but `kept`, and answers which.
    async fn end_others_of(
        &self,
        member_id: MemberId,
        kept: SessionId,
        reason: EndReason,
    ) -> Result<Affected, StoreError>;
    /// Ends every open session of everybody, and answers how many there were.
    async fn end_all(&self, reason: EndReason) -> Result<u64, StoreError>;
    /// The open sessions of a member, the last seen first, without those that are past their time.
    async fn list_of(
        &self,
        member_id: MemberId,
        query: ListQuery,
    ) -> Result<Vec<ListedSession>, StoreError>;
    /// The sessions that ended lately.
    async fn ended(&self, query: EndedQuery) -> Result<Vec<EndedSession>, StoreError>;
    /// Notes that the live-session store has taken the tombstones of these. May be lost in a crash: then they are
    /// closed once more.
    async fn note_closed(&self, ids: &[SessionId]) -> Result<(), StoreError>;
}
