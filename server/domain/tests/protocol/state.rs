//! What there is at a moment: a session's row, the front desk, the refreshes under way, the browser's jar, the
//! thief, and what the properties have to remember. Every age is in ticks and stops where it no longer matters, so
//! that there are finitely many states.

use domain::session::{
    EndReason,
    rotation::{LiveState, RefreshKind},
};

use crate::memory::Memory;

/// The session row. Its ages are Postgres' own.
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

/// What Redis knows of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Desk {
    Absent,
    Live { seen: u8, left: u8 },
    Tombstone { reason: EndReason, left: u8 },
}

impl Desk {
    pub fn glance(self) -> LiveState {
        match self {
            Self::Absent => LiveState::Absent,
            Self::Live { seen, .. } => LiveState::Live { newest_seen: seen.into() },
            Self::Tombstone { reason, .. } => LiveState::Ended(reason),
        }
    }
}

/// Who waits for a refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A tab of the browser.
    Tab,
    /// Nobody any more: the tab gave up, or was told 503 while a write was still on its way.
    Nobody,
    Thief,
}

/// What an instance does next about a refresh. Between any two steps it may stand still for as long as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Read the row, and decide.
    Read,
    /// Ask the front desk, and decide about the row as it was read.
    Ask(Row),
    /// Open the live session.
    Open { kind: RefreshKind, at: u8 },
    /// The conditional statement on the row.
    Confirm { kind: RefreshKind, at: u8 },
    /// The answer is under way to the browser.
    Answer(u8),
    /// Mark the row as ended, if it still is as it was read.
    Mark(EndReason),
    /// The row has ended: put the tombstone there, then answer.
    Close(EndReason),
}

/// A refresh under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flight {
    pub sender: Sender,
    pub presented: u8,
    pub step: Step,
    /// Since it was sent
    pub age: u8,
    /// Since the row was first read: the age of the access token that it would answer
    pub card_age: u8,
    /// The row moved on under it once: it decides again
    pub again: bool,
    /// The row was changed since it was read
    pub moved: bool,
    /// It was read from a row that had ended
    pub late: bool,
}

impl Flight {
    pub fn sent(sender: Sender, presented: u8) -> Self {
        Self {
            sender,
            presented,
            step: Step::Read,
            age: 0,
            card_age: 0,
            again: false,
            moved: false,
            late: false,
        }
    }

    /// The request has not reached an instance yet. It does so while somebody waits, or never.
    pub fn is_on_its_way(&self) -> bool {
        self.step == Step::Read && !self.again
    }

    /// What comes next demands that the row still is as it was read.
    pub fn is_as_read(&self) -> bool {
        match self.step {
            Step::Ask(_) | Step::Mark(_) => true,
            Step::Open { kind, .. } | Step::Confirm { kind, .. } => kind == RefreshKind::LateReplay,
            Step::Read | Step::Answer(_) | Step::Close(_) => false,
        }
    }

    /// Flights have no order of their own: equal multisets are equal states.
    pub fn key(&self) -> [u8; 13] {
        let (step, details) = match self.step {
            Step::Read => (0, [0; 5]),
            Step::Ask(row) => {
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
            self.card_age,
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

/// Somebody ends the session: by log-out, or from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ender {
    /// Not yet.
    Waiting,
    /// The row is marked; the front desk is told next.
    Closing,
    /// Only where that rule is broken: the front desk was told; the row is marked next.
    Marking,
    /// Answered.
    Done,
}

/// Who has copied one refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Thief {
    /// The refresh tokens that he has: a bit for each generation
    pub tokens: u64,
    /// The generation of his newest access token
    pub card: u8,
    /// He has not used his last refresh yet. What he does not use before he asks again, he never does: it would not
    /// let him do more
    pub unused: bool,
    /// Refreshes that he used, and that no honest refresh followed yet
    pub used: u8,
    /// Refreshes that he used, and that an honest refresh followed
    pub followed: u8,
}

impl Thief {
    pub fn having(generation: u8) -> Self {
        Self { tokens: 1 << generation, card: 0, unused: false, used: 0, followed: 0 }
    }
}

/// Everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub row: Row,
    /// Earlier versions of the row that a failover may bring back, oldest first
    pub versions: Vec<Row>,
    pub desk: Desk,
    pub flights: Vec<Flight>,
    /// The generation of the tokens in the browser's one cookie jar
    pub jar: u8,
    /// The age of the newest access token that anybody has
    pub card_age: u8,
    /// The session's age
    pub age: u8,
    pub thief: Option<Thief>,
    pub ender: Ender,
    /// A tombstone that was given up on, and may still land
    pub late_close: Option<EndReason>,
    pub wipes_left: u8,
    pub memory: Memory,
}
