//! Rules common to the live-session stores: the lifetime of a record, when it is extended, the lifetime of a tombstone,
//! and what an open keeps of the record that is there.

pub(crate) mod fields;

use std::time::Duration;

use domain::session::{EndReason, Lifetimes, LiveSession, ports::CheckMode};
use time::OffsetDateTime;

/// Extending more often than this would be a write for nearly every request.
const EXTEND_AFTER: Duration = Duration::from_secs(60);
/// A delayed open finds the tombstone for at least this long.
const TOMBSTONE: Duration = Duration::from_secs(3600);

/// State of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Live(LiveSession),
    Tombstone(EndReason),
}

/// Returns the session that an open leaves in the place of `known`; `None` if that is another member's. The open may be
/// older than a change of role, and than the newest access token that was seen.
pub(crate) fn reopened(known: &LiveSession, opened: &LiveSession) -> Option<LiveSession> {
    if known.member_id != opened.member_id {
        return None;
    }
    let newest_generation = known.newest_generation.max(opened.newest_generation);
    let authority = if known.authority_version > opened.authority_version { known } else { opened };
    Some(LiveSession {
        role: authority.role,
        authority_version: authority.authority_version,
        newest_generation,
        ..*opened
    })
}

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

    /// Returns the lifetime of a record that is renewed now; `None` past its absolute end.
    pub(crate) fn renewed(&self, session: &LiveSession, now: OffsetDateTime) -> Option<Duration> {
        let until_the_end = Duration::try_from(session.absolute_end - now).ok()?;
        Some(self.idle.min(until_the_end)).filter(|lifetime| !lifetime.is_zero())
    }

    /// Returns the lifetime that a check now gives to a record with `left`, if it extends it.
    pub(crate) fn extended(
        &self,
        session: &LiveSession,
        left: Duration,
        extend_after: Duration,
        now: OffsetDateTime,
    ) -> Option<Duration> {
        let is_due = self.idle.saturating_sub(left) > extend_after;
        self.renewed(session, now).filter(|lifetime| is_due && *lifetime > left)
    }
}
