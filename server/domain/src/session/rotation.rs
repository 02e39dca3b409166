//! The rules of rotation, as two pure functions: [`decide`] says what to do about a presented refresh token, and
//! [`apply`] what the row is after that. `docs/sessions.md` names the threat behind each rule. The model checker in
//! `tests/protocol` and the in-memory store run these same functions.

use std::time::Duration;

use strum::{IntoStaticStr, VariantArray};

use super::{EndReason, Lifetimes, RowState};

/// A late replay is forgiven again after this many generations.
pub const LATE_REPLAY_PAUSE: u32 = 12;
/// The most generations that a token may be ahead of its row: more rotations than a failover can lose.
pub const AHEAD_MAX: u32 = 32;

/// State of the live session, as far as it was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveState {
    /// Not checked yet.
    Unchecked,
    /// There is no record: idle for long, or the store was wiped.
    Absent,
    /// The session is live.
    Live {
        /// The newest generation whose access token was seen
        newest_seen: u32,
    },
    /// There is a tombstone.
    Ended(EndReason),
}

/// The reading of the row that a refresh decides by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The first.
    First,
    /// A later one, because the row changed under the refresh.
    ///
    /// An instance may stall between reading the row and its conditional statement, while the browser's other refreshes
    /// go on. The token being old by then means neither a lost answer nor a theft, so it uses up no late replay and
    /// does not end the session.
    Again,
}

/// Decision about a presented token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Only the live session can tell: check it, and decide again.
    CheckLiveSession,
    /// Answer with both tokens.
    Answer(RefreshKind),
    /// End the session.
    End(EndReason),
    /// There is a tombstone: the session is over already.
    AlreadyEnded(EndReason),
    /// Further ahead than any failover explains: refuse, and end nothing.
    TooFarAhead,
    /// The token was overtaken on its way, which says nothing about its sender: consume nothing and end nothing. The
    /// browser retries with the cookies that it has by then.
    Retry,
}

/// Kind of answer to a refresh, with the row at generation `c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum RefreshKind {
    /// `c` was presented after grace, including that of the last replay: `c + 1` is issued.
    #[strum(serialize = "rotated")]
    Rotate,
    /// `c` was presented within grace: `c` once more, with a fresh access token.
    #[strum(serialize = "renewed")]
    Renew,
    /// `c - 1` was presented within grace, because the answer may still be under way: `c` once more.
    #[strum(serialize = "replayed")]
    Replay,
    /// `c - 1` was presented after grace, because the last answer may have been lost: `c` once more, marked.
    LateReplay,
    /// A newer generation than `c` was presented: the database lost its newest rotations, and catches up.
    Ahead,
}

impl RefreshKind {
    /// The generation of the refresh token in the answer.
    #[must_use]
    pub fn answered(self, generation: u32, presented: u32) -> u32 {
        match self {
            Self::Rotate => generation.saturating_add(1),
            Self::Renew | Self::Replay | Self::LateReplay => generation,
            Self::Ahead => presented,
        }
    }

    /// Returns whether the presented token was already replaced, and its successor is answered once more.
    #[must_use]
    pub fn is_replay(self) -> bool {
        matches!(self, Self::Replay | Self::LateReplay)
    }

    /// The name in counters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Decides about a refresh token of generation `presented`, both of whose MACs are valid, for the row of a session that
/// has not ended.
#[must_use]
pub fn decide(
    row: &RowState,
    presented: u32,
    live: LiveState,
    reading: Reading,
    lifetimes: &Lifetimes,
) -> Decision {
    match (reading, decide_first(row, presented, live, lifetimes)) {
        (
            Reading::Again,
            Decision::Answer(RefreshKind::LateReplay) | Decision::End(EndReason::Reuse),
        ) => Decision::Retry,
        (_, decision) => decision,
    }
}

fn decide_first(
    row: &RowState,
    presented: u32,
    live: LiveState,
    lifetimes: &Lifetimes,
) -> Decision {
    if row.remaining.is_zero() {
        return Decision::End(EndReason::Absolute);
    }
    if let LiveState::Ended(reason) = live {
        return Decision::AlreadyEnded(reason);
    }
    if was_seen_long_ago(row, lifetimes) {
        match live {
            LiveState::Unchecked => return Decision::CheckLiveSession,
            LiveState::Absent => return Decision::End(EndReason::Idle),
            LiveState::Live { .. } | LiveState::Ended(_) => {}
        }
    }
    let within_grace = row.rotated_ago <= lifetimes.grace;
    // A replay is answered without a new grace, or a thief could extend it for ever. Its answer may still be under way
    // when grace is over, and a request that was sent before it arrived as well.
    let just_replayed = row.seen_ago <= lifetimes.grace;
    match (row.generation.checked_sub(presented), within_grace) {
        (Some(0), false) if !just_replayed => Decision::Answer(RefreshKind::Rotate),
        (Some(0), _) => Decision::Answer(RefreshKind::Renew),
        (Some(1), true) => Decision::Answer(RefreshKind::Replay),
        (Some(1), false) => match decide_late(row, live) {
            Decision::End(EndReason::Reuse) if just_replayed => Decision::Retry,
            decision => decision,
        },
        (Some(_), _) => Decision::End(EndReason::Reuse),
        (None, _) if presented - row.generation <= AHEAD_MAX => {
            Decision::Answer(RefreshKind::Ahead)
        }
        (None, _) => Decision::TooFarAhead,
    }
}

/// Returns whether the session is idle by its row alone, which was last seen at the last refresh that wrote it. A
/// renewal writes nothing, and a page may be used until its access token expires, so that much is added to the timeout.
/// The live session knows better.
fn was_seen_long_ago(row: &RowState, lifetimes: &Lifetimes) -> bool {
    row.seen_ago > row.idle_timeout + lifetimes.access + lifetimes.grace
}

/// Decides about a late replay: the last answer was lost, or this is a thief. It is forgiven if it is rare, or if it
/// repeats one whose answer evidently never arrived. An absent record counts as such evidence, so that a wiped store
/// ends nobody's session.
fn decide_late(row: &RowState, live: LiveState) -> Decision {
    const FORGIVEN: Decision = Decision::Answer(RefreshKind::LateReplay);
    let Some(last) = row.late_replay else { return FORGIVEN };
    if row.generation.saturating_sub(last) > LATE_REPLAY_PAUSE {
        return FORGIVEN;
    }
    if last != row.generation {
        return Decision::End(EndReason::Reuse);
    }
    match live {
        LiveState::Unchecked => Decision::CheckLiveSession,
        LiveState::Live { newest_seen } if newest_seen >= row.generation => {
            Decision::End(EndReason::Reuse)
        }
        LiveState::Live { .. } | LiveState::Absent | LiveState::Ended(_) => FORGIVEN,
    }
}

/// The row after a refresh of this kind. `None`: the refresh would take it back to an older generation.
#[must_use]
pub fn apply(row: RowState, kind: RefreshKind, presented: u32) -> Option<RowState> {
    let now = Duration::ZERO;
    match kind {
        RefreshKind::Renew => Some(row),
        RefreshKind::Replay => Some(RowState { seen_ago: now, ..row }),
        RefreshKind::LateReplay => {
            let late_replay = Some(row.generation);
            Some(RowState { late_replay, rotated_ago: now, seen_ago: now, ..row })
        }
        RefreshKind::Rotate | RefreshKind::Ahead => {
            let generation = kind.answered(row.generation, presented);
            let moved_on = RowState { generation, rotated_ago: now, seen_ago: now, ..row };
            (generation > row.generation).then_some(moved_on)
        }
    }
}

#[cfg(test)]
mod tests;
