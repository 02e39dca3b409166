//! Rules common to all live-session stores: the lifetime of a record, when it is extended, and the lifetime of a
//! tombstone.

use std::time::Duration;

use domain::session::{Lifetimes, ports::CheckMode};

/// Extending more often than this would be a write for nearly every request.
const EXTEND_AFTER: Duration = Duration::from_secs(60);
/// A delayed open finds the tombstone for at least this long.
const TOMBSTONE: Duration = Duration::from_secs(3600);

/// Lifetimes of records.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordLifetimes {
    /// A live session without a request
    pub(crate) idle: Duration,
    /// The part of `idle` that may be used up before a request extends it
    extend_after: Duration,
    /// A tombstone
    pub(crate) tombstone: Duration,
}

impl RecordLifetimes {
    /// Records live for the ordinary idle timeout, of remembered sessions too: those come back from their rows. So
    /// memory is bounded by the number of active sessions. If the remembered timeout is shorter, it is used for all: a
    /// record that expires too early costs a refresh; one that lives too long defeats an idle timeout.
    pub(crate) fn new(lifetimes: &Lifetimes) -> Self {
        let idle = lifetimes.idle.min(lifetimes.remembered_idle);
        Self {
            idle,
            extend_after: EXTEND_AFTER.min(idle / 2),
            tombstone: TOMBSTONE.max(lifetimes.access * 2),
        }
    }

    /// Returns the generation to note, and the part of `idle` that may be used up before this check extends it.
    pub(crate) fn of(&self, mode: CheckMode) -> (u32, Duration) {
        match mode {
            CheckMode::Use { generation } => (generation, self.extend_after),
            // No more than the whole idle timeout can be used up: nothing is extended.
            CheckMode::Peek => (0, self.idle),
        }
    }
}
