//! The rules of rotation: what is to be done with a presented refresh token, as one pure function over the
//! row's state, the presented generation, what the front desk says, and ages. `docs/sessions.md` names the
//! threat that each rule answers; the model checker in `tests/protocol` runs this very function.

use std::time::Duration;

use crate::session::{EndReason, Lifetimes, StoredSession};

/// A late replay is forgiven again after this many generations.
pub const LATE_REPLAY_PAUSE: u32 = 12;
/// How far a token may be ahead of its row: more rotations than a failover can lose.
pub const AHEAD_MAX: u32 = 32;

/// What the rules look at in a session row. Ages are measured by the database's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowState {
    /// Why it is over, if it is
    pub ended: Option<EndReason>,
    /// The time until its absolute end; zero once it is past
    pub remaining: Duration,
    /// It ends after this long without a request
    pub idle_timeout: Duration,
    /// Since the last refresh that was answered, but for one that renewed
    pub seen_ago: Duration,
    /// The newest generation that was issued
    pub generation: u32,
    /// Since when it is the newest
    pub rotated_ago: Duration,
    /// The generation that the last late replay answered
    pub late_replay: Option<u32>,
}

impl From<&StoredSession> for RowState {
    fn from(stored: &StoredSession) -> Self {
        match stored {
            StoredSession::Open(row) => Self {
                ended: None,
                remaining: row.remaining,
                idle_timeout: row.idle_timeout,
                seen_ago: row.seen_ago,
                generation: row.generation,
                rotated_ago: row.rotated_ago,
                late_replay: row.late_replay,
            },
            StoredSession::Ended { reason, .. } => Self {
                ended: Some(*reason),
                remaining: Duration::ZERO,
                idle_timeout: Duration::ZERO,
                seen_ago: Duration::ZERO,
                generation: 0,
                rotated_ago: Duration::ZERO,
                late_replay: None,
            },
        }
    }
}

/// What the front desk says of the session, as far as it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrontDesk {
    /// It was not asked yet.
    NotAsked,
    /// It knows nothing: idle for long, or the store was wiped.
    Absent,
    /// The session is live.
    Live {
        /// The newest generation of which an access token was seen
        newest_seen: u32,
    },
    /// A tombstone.
    Ended(EndReason),
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Only the front desk knows what decides: ask it, and decide again.
    AskFrontDesk,
    /// Answer both tokens.
    Answer(Move),
    /// The session is to end.
    End(EndReason),
    /// The session is over already.
    Over(EndReason),
    /// Further ahead than any failover explains: refused, and nothing is ended.
    TooFarAhead,
    /// The token was overtaken on its way, which says nothing about who sent it: nothing is consumed, nothing is
    /// ended, and the browser asks again with what its jar holds by then.
    ComeAgain,
}

/// How a refresh is answered, and what becomes of the row's generation `c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Move {
    /// `c` was presented, and grace is over, also that of the last replay: on to `c + 1`.
    Rotate,
    /// `c` was presented before that: `c` once more, with a fresh access token.
    Renew,
    /// `c - 1` was presented within grace: the answer may still be under way; `c` once more.
    Replay,
    /// `c - 1` was presented after grace: the last answer may have been lost. `c` once more, marked.
    LateReplay,
    /// A newer generation was presented: the database lost its newest rotations, and catches up.
    Ahead,
}

impl Move {
    /// The generation to answer, with the row at `generation` and the token of generation `presented`.
    #[must_use]
    pub fn answered(self, generation: u32, presented: u32) -> u32 {
        match self {
            Self::Rotate => generation.saturating_add(1),
            Self::Renew | Self::Replay | Self::LateReplay => generation,
            Self::Ahead => presented,
        }
    }

    /// The name in counters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rotate => "rotated",
            Self::Renew => "renewed",
            Self::Replay => "replayed",
            Self::LateReplay => "late_replay",
            Self::Ahead => "ahead",
        }
    }
}

/// Decides about a refresh token of generation `presented`, both of whose MACs are good.
#[must_use]
pub fn decide(row: &RowState, presented: u32, desk: FrontDesk, lifetimes: &Lifetimes) -> Decision {
    if let Some(reason) = row.ended {
        return Decision::Over(reason);
    }
    if row.remaining.is_zero() {
        return Decision::End(EndReason::Absolute);
    }
    if let FrontDesk::Ended(reason) = desk {
        return Decision::Over(reason);
    }
    if was_seen_long_ago(row, lifetimes) {
        match desk {
            FrontDesk::NotAsked => return Decision::AskFrontDesk,
            FrontDesk::Absent => return Decision::End(EndReason::Idle),
            FrontDesk::Live { .. } | FrontDesk::Ended(_) => {}
        }
    }
    let within_grace = row.rotated_ago <= lifetimes.grace;
    // A replay is answered without a new grace, or a thief could make it last for ever. Its answer may still be
    // under way when grace is over, and a request that was sent before it landed as well.
    let just_replayed = row.seen_ago <= lifetimes.grace;
    match (row.generation.checked_sub(presented), within_grace) {
        (Some(0), false) if !just_replayed => Decision::Answer(Move::Rotate),
        (Some(0), _) => Decision::Answer(Move::Renew),
        (Some(1), true) => Decision::Answer(Move::Replay),
        (Some(1), false) => match decide_late(row, desk) {
            Decision::End(EndReason::Reuse) if just_replayed => Decision::ComeAgain,
            decision => decision,
        },
        (Some(_), _) => Decision::End(EndReason::Reuse),
        (None, _) if presented - row.generation <= AHEAD_MAX => Decision::Answer(Move::Ahead),
        (None, _) => Decision::TooFarAhead,
    }
}

/// Decides again, after the row has moved on under a refresh.
///
/// An instance may stand still between reading the row and its conditional statement, while the browser's other
/// refreshes go on. That the token is an old one by now is then neither a lost answer nor a theft, so no late
/// replay is spent on it and the session is not ended.
#[must_use]
pub fn decide_again(
    row: &RowState,
    presented: u32,
    desk: FrontDesk,
    lifetimes: &Lifetimes,
) -> Decision {
    match decide(row, presented, desk, lifetimes) {
        Decision::Answer(Move::LateReplay) | Decision::End(EndReason::Reuse) => Decision::ComeAgain,
        decision => decision,
    }
}

/// The row's "last seen" is as of the last refresh that wrote it. Renewing writes nothing, and a page may be used
/// until its access token expires: that slack is theirs. The front desk knows better.
fn was_seen_long_ago(row: &RowState, lifetimes: &Lifetimes) -> bool {
    row.seen_ago > row.idle_timeout + lifetimes.access + lifetimes.grace
}

/// The last answer was lost, or this is a thief. Forgiven if it is rare, or if it repeats for an answer that
/// evidently never arrived; unknown counts as that, so a wiped front desk ends nobody.
fn decide_late(row: &RowState, desk: FrontDesk) -> Decision {
    let Some(last) = row.late_replay else { return Decision::Answer(Move::LateReplay) };
    if row.generation.saturating_sub(last) > LATE_REPLAY_PAUSE {
        return Decision::Answer(Move::LateReplay);
    }
    if last != row.generation {
        return Decision::End(EndReason::Reuse);
    }
    match desk {
        FrontDesk::NotAsked => Decision::AskFrontDesk,
        FrontDesk::Live { newest_seen } if newest_seen >= row.generation => {
            Decision::End(EndReason::Reuse)
        }
        FrontDesk::Live { .. } | FrontDesk::Absent | FrontDesk::Ended(_) => {
            Decision::Answer(Move::LateReplay)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::usual_lifetimes;

    fn row(generation: u32, rotated_seconds_ago: u64) -> RowState {
        RowState {
            ended: None,
            remaining: Duration::from_secs(3600),
            idle_timeout: Duration::from_secs(1800),
            seen_ago: Duration::from_secs(rotated_seconds_ago),
            generation,
            rotated_ago: Duration::from_secs(rotated_seconds_ago),
            late_replay: None,
        }
    }

    fn decide_at(row: RowState, presented: u32, desk: FrontDesk) -> Decision {
        decide(&row, presented, desk, &usual_lifetimes())
    }

    fn answer(row: RowState, presented: u32) -> Decision {
        decide_at(row, presented, FrontDesk::NotAsked)
    }

    #[test]
    fn the_newest_token_rotates_once_per_grace() {
        assert_eq!(answer(row(5, 11), 5), Decision::Answer(Move::Rotate));
        assert_eq!(answer(row(5, 10), 5), Decision::Answer(Move::Renew));
    }

    #[test]
    fn the_previous_token_gets_its_successor_within_grace() {
        assert_eq!(answer(row(5, 10), 4), Decision::Answer(Move::Replay));
    }

    #[test]
    fn the_previous_token_after_grace_is_forgiven_once_in_twelve_generations() {
        assert_eq!(answer(row(5, 11), 4), Decision::Answer(Move::LateReplay));
        let reuse = Decision::End(EndReason::Reuse);
        for (last, decision) in [(19, reuse), (8, reuse), (7, Decision::Answer(Move::LateReplay))] {
            let state = RowState { late_replay: Some(last), ..row(20, 11) };
            assert_eq!(answer(state, 19), decision, "{last}");
        }
    }

    #[test]
    fn a_repeated_late_replay_is_forgiven_while_its_answer_was_not_seen() {
        let state = RowState { late_replay: Some(20), ..row(20, 11) };
        let forgiven = Decision::Answer(Move::LateReplay);
        for (desk, decision) in [
            (FrontDesk::NotAsked, Decision::AskFrontDesk),
            (FrontDesk::Absent, forgiven),
            (FrontDesk::Live { newest_seen: 19 }, forgiven),
            (FrontDesk::Live { newest_seen: 20 }, Decision::End(EndReason::Reuse)),
        ] {
            assert_eq!(decide_at(state, 19, desk), decision, "{desk:?}");
        }
    }

    #[test]
    fn an_older_token_is_reuse_even_within_grace() {
        for presented in 1..=3 {
            assert_eq!(answer(row(5, 1), presented), Decision::End(EndReason::Reuse));
            assert_eq!(answer(row(5, 1000), presented), Decision::End(EndReason::Reuse));
        }
    }

    #[test]
    fn what_was_just_replayed_is_not_rotated_nor_held_against_the_browser() {
        let replayed = RowState { seen_ago: Duration::from_secs(10), ..row(5, 11) };
        assert_eq!(answer(replayed, 5), Decision::Answer(Move::Renew));
        assert_eq!(answer(replayed, 4), Decision::Answer(Move::LateReplay));
        let forgiven = RowState { late_replay: Some(4), ..replayed };
        assert_eq!(answer(forgiven, 4), Decision::ComeAgain);
        assert_eq!(answer(forgiven, 3), Decision::End(EndReason::Reuse));
        let long_ago = RowState { seen_ago: Duration::from_secs(11), ..forgiven };
        assert_eq!(answer(long_ago, 5), Decision::Answer(Move::Rotate));
        assert_eq!(answer(long_ago, 4), Decision::End(EndReason::Reuse));
    }

    #[test]
    fn a_token_ahead_of_its_row_is_believed_up_to_a_bound() {
        assert_eq!(answer(row(5, 1000), 6), Decision::Answer(Move::Ahead));
        assert_eq!(answer(row(5, 0), 37), Decision::Answer(Move::Ahead));
        assert_eq!(answer(row(5, 0), 38), Decision::TooFarAhead);
        assert_eq!(answer(row(5, 0), u32::MAX), Decision::TooFarAhead);
    }

    #[test]
    fn a_refresh_that_the_row_overtook_is_not_held_against_the_browser() {
        let again =
            |row, presented| decide_again(&row, presented, FrontDesk::NotAsked, &usual_lifetimes());
        assert_eq!(again(row(5, 11), 4), Decision::ComeAgain);
        assert_eq!(again(row(5, 11), 3), Decision::ComeAgain);
        assert_eq!(again(row(5, 10), 4), Decision::Answer(Move::Replay));
        assert_eq!(again(row(5, 11), 5), Decision::Answer(Move::Rotate));
        let ended = RowState { ended: Some(EndReason::Logout), ..row(5, 11) };
        assert_eq!(again(ended, 3), Decision::Over(EndReason::Logout));
    }

    #[test]
    fn an_ended_session_is_over_whatever_is_presented() {
        for reason in EndReason::ALL.iter().copied() {
            let state = RowState { ended: Some(reason), ..row(5, 11) };
            for presented in 1..=6 {
                assert_eq!(answer(state, presented), Decision::Over(reason));
            }
            assert_eq!(decide_at(row(5, 11), 5, FrontDesk::Ended(reason)), Decision::Over(reason));
        }
    }

    #[test]
    fn nothing_is_answered_at_the_absolute_end() {
        let state = RowState { remaining: Duration::ZERO, ..row(5, 11) };
        assert_eq!(answer(state, 5), Decision::End(EndReason::Absolute));
    }

    #[test]
    fn whether_a_session_is_idle_is_for_the_front_desk_to_say() {
        let slack = 1800 + 300 + 10;
        assert_eq!(answer(row(5, slack), 5), Decision::Answer(Move::Rotate));
        let state = row(5, slack + 1);
        for (desk, decision) in [
            (FrontDesk::NotAsked, Decision::AskFrontDesk),
            (FrontDesk::Absent, Decision::End(EndReason::Idle)),
            (FrontDesk::Live { newest_seen: 0 }, Decision::Answer(Move::Rotate)),
        ] {
            assert_eq!(decide_at(state, 5, desk), decision, "{desk:?}");
        }
    }
}
