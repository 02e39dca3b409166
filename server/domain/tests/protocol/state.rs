//! A state: a session's row, its live record, the refreshes in flight, the browser's jar, the thief, and the history
//! that the properties need. Every age is in ticks and stops where it no longer matters, so that there are finitely
//! many states.

use domain::session::{
    EndReason,
    rotation::{LiveState, RefreshKind},
};

use crate::history::History;

/// The session row. Its ages are measured by Postgres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    pub generation: u8,
    pub rotated_ago: u8,
    pub seen_ago: u8,
    pub late_replay: Option<u8>,
    pub ended: Option<EndReason>,
    pub ended_ago: u8,
    /// The live-session store has taken the tombstone, and is not known to have forgotten it
    pub closed: bool,
}

/// The session's record in Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LiveRecord {
    Absent,
    Live { seen: u8, left: u8 },
    Tombstone { reason: EndReason, left: u8 },
}

impl LiveRecord {
    pub fn peek(self) -> LiveState {
        match self {
            Self::Absent => LiveState::Absent,
            Self::Live { seen, .. } => LiveState::Live { newest_seen: seen.into() },
            Self::Tombstone { reason, .. } => LiveState::Ended(reason),
        }
    }
}

/// The sender of a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A tab of the browser.
    Tab,
    /// A tab that no longer waits: it gave up, or got 503 while a write was still in flight.
    Nobody,
    Thief,
}

/// An instance's next step in a refresh. Between any two steps it may pause for any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Read the row, and decide.
    Read,
    /// Check the live session, and decide about the row as read.
    Check(Row),
    /// Open the live session.
    Open { kind: RefreshKind, at: u8 },
    /// The conditional statement on the row.
    Confirm { kind: RefreshKind, at: u8 },
    /// The answer is in flight to the browser.
    Answer(u8),
    /// Mark the row as ended, if it still is as read.
    Mark(EndReason),
    /// The row has ended: write the tombstone, then answer.
    Close(EndReason),
}

/// A refresh in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Request {
    pub sender: Sender,
    pub presented: u8,
    pub step: Step,
    /// Time since it was sent
    pub age: u8,
    /// Time since the row was first read: the age of the access token that it would issue
    pub access_age: u8,
    /// True if the row changed under it before: it decides again
    pub again: bool,
    /// True if the row has changed since it was read
    pub moved: bool,
    /// True if the row had ended when it was read
    pub late: bool,
}

impl Request {
    pub fn sent(sender: Sender, presented: u8) -> Self {
        Self {
            sender,
            presented,
            step: Step::Read,
            age: 0,
            access_age: 0,
            again: false,
            moved: false,
            late: false,
        }
    }

    /// Returns whether the request has not yet reached an instance. It does so while a tab waits, or never.
    pub fn is_on_its_way(&self) -> bool {
        self.step == Step::Read && !self.again
    }

    /// Returns whether the next step requires the row to be as read.
    pub fn is_as_read(&self) -> bool {
        match self.step {
            Step::Check(_) | Step::Mark(_) => true,
            Step::Open { kind, .. } | Step::Confirm { kind, .. } => kind == RefreshKind::LateReplay,
            Step::Read | Step::Answer(_) | Step::Close(_) => false,
        }
    }

    /// The sorting key: requests have no order, so equal multisets must be equal states.
    pub fn key(&self) -> [u8; 13] {
        let (step, details) = match self.step {
            Step::Read => (0, [0; 5]),
            Step::Check(row) => {
                let late = row.late_replay.map_or(0, |it| it + 1);
                let ended = row.ended.map_or(0, |it| it as u8 + 1);
                (1, [row.generation, row.rotated_ago, row.seen_ago, late, ended])
            }
            Step::Open { kind, at } => (2, [kind as u8, at, 0, 0, 0]),
            Step::Confirm { kind, at } => (3, [kind as u8, at, 0, 0, 0]),
            Step::Answer(generation) => (4, [generation, 0, 0, 0, 0]),
            Step::Mark(reason) => (5, [reason as u8, 0, 0, 0, 0]),
            Step::Close(reason) => (6, [reason as u8, 0, 0, 0, 0]),
        };
        let flags = u8::from(self.again) | u8::from(self.moved) << 1 | u8::from(self.late) << 2;
        let [a, b, c, d, e] = details;
        [
            self.sender as u8,
            self.presented,
            step,
            self.age,
            self.access_age,
            flags,
            0,
            0,
            a,
            b,
            c,
            d,
            e,
        ]
    }
}

/// Progress of an end, by log-out or from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ender {
    /// Not yet.
    Waiting,
    /// The row is marked; the tombstone is next.
    Closing,
    /// Only if that rule is broken: the tombstone is written, and the row is next.
    Marking,
    /// Reported.
    Done,
}

/// A thief who has copied one refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Thief {
    /// The stolen and derived refresh tokens: a bit for each generation
    pub tokens: u64,
    /// The generation of the thief's newest access token
    pub access: u8,
    /// True if the last refresh is unused. Unused tokens are ignored after the next refresh, because they would allow
    /// nothing more
    pub unused: bool,
    /// Used refreshes that no honest refresh has followed yet
    pub used: u8,
    /// Used refreshes that an honest refresh followed
    pub followed: u8,
}

impl Thief {
    pub fn having(generation: u8) -> Self {
        Self { tokens: 1 << generation, access: 0, unused: false, used: 0, followed: 0 }
    }
}

/// A state of the model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub row: Row,
    /// Earlier versions of the row that a failover may bring back, oldest first
    pub versions: Vec<Row>,
    pub live: LiveRecord,
    pub requests: Vec<Request>,
    /// The generation of the tokens in the browser's one cookie jar
    pub jar: u8,
    /// The age of the newest access token
    pub access_age: u8,
    /// The session's age
    pub age: u8,
    pub thief: Option<Thief>,
    pub ender: Ender,
    /// A tombstone whose write timed out, and may still be applied
    pub late_close: Option<EndReason>,
    pub wipes_left: u8,
    pub history: History,
}
