//! The session protocol, model-checked (`docs/sessions.md`, "Proof"): a browser with two tabs and one cookie jar, a
//! network that loses, repeats and reorders messages, a thief with one stolen refresh token, ends from any side, stores
//! that fail, lose data and apply writes late, and instances that pause between any two steps. The decision is
//! [`domain::session::rotation::decide`] itself; [`each_rule`] breaks each rule on purpose. `--nocapture` prints the
//! bounds and how many states there were.

mod actions;
mod bounds;
mod configurations;
mod coverage;
mod each_rule;
mod history;
mod model;
mod properties;
mod refreshing;
mod report;
mod rules;
mod state;
mod stores;
mod time;

use crate::{configurations::*, coverage::Event::*, report::holds};

#[test]
fn the_session_of_an_honest_browser_that_loses_at_most_one_answer_never_ends() {
    holds(
        HONEST,
        300_000,
        &[
            Rotated,
            Renewed,
            Replayed,
            LateReplayed,
            LateReplayRepeated,
            MovedOn,
            Retried,
            EndOvertaken,
            Overwritten,
            AnswerLost,
            StoreFailed,
            Repeated,
            Wiped,
            BroughtBack,
        ],
    );
}

#[test]
fn the_session_of_an_honest_browser_that_lost_an_answer_long_ago_never_ends() {
    holds(HONEST_BEFORE, 500_000, &[LateReplayAfterPause]);
}

#[test]
fn the_session_of_an_honest_browser_with_three_concurrent_refreshes_never_ends() {
    holds(HONEST_CROWD, 1_000_000, &[Retried, EndOvertaken, MovedOn]);
}

#[test]
fn the_session_of_an_honest_browser_survives_a_failover_of_the_database() {
    holds(HONEST_FAILOVER, 400_000, &[FailedOver, Ahead]);
}

#[test]
fn an_honest_browser_ahead_of_its_row_is_refused_only_beyond_the_loss_of_a_failover() {
    holds(HONEST_FAR, 100_000, &[Ahead, TooFarAhead]);
}

#[test]
fn a_thief_alternates_with_the_browser_at_most_once() {
    holds(THIEF, 1_000_000, &[ThiefUsed, ThiefFollowed, EndedByReuse]);
}

#[test]
fn an_earlier_lost_answer_does_not_help_a_thief() {
    holds(THIEF_BEFORE, 500_000, &[ThiefUsed, ThiefFollowed, LateReplayAfterPause]);
}

#[test]
fn after_a_wipe_a_thief_alternates_with_the_browser_at_most_three_times() {
    holds(THIEF_WIPE, 1_000_000, &[ThiefFollowedThreeTimes, EndedByReuse, LateReplayRepeated]);
}

#[test]
fn after_two_wipes_a_thief_alternates_with_the_browser_at_most_four_times() {
    holds(THIEF_WIPES, 10_000, &[ThiefFollowedFourTimes, EndedByReuse, LateReplayRepeated]);
}

#[test]
fn a_late_replay_survives_a_failover() {
    holds(THIEF_FAILOVER, 1_000_000, &[ThiefUsed, EndedByReuse, FailedOver]);
}

#[test]
fn after_an_end_nothing_authenticates_and_no_refresh_succeeds() {
    holds(
        ENDS,
        500_000,
        &[Ended, CloseFailed, ClosedLate, Swept, OpenRefused, RefusedAsEnded, MovedOn],
    );
}

#[test]
fn a_wipe_does_not_revive_an_ended_session() {
    holds(ENDS_WIPES, 1_000_000, &[Ended, Wiped, Revived, Swept, RefusedAsEnded]);
}

#[test]
fn a_failover_does_not_revive_an_ended_session() {
    holds(ENDS_FAILOVER, 50_000, &[Ended, Wiped, FailedOver, Swept]);
}

#[test]
fn a_wipe_does_not_end_a_session_in_use() {
    holds(
        AGES_WIPES,
        2_000_000,
        &[Wiped, BroughtBack, CheckedLiveSession, EndedByIdle, EndOvertaken],
    );
}

#[test]
fn a_failover_does_not_end_a_session_in_use_that_is_live() {
    holds(AGES_FAILOVER, 200_000, &[FailedOver, CheckedLiveSession, EndedByIdle]);
}

#[test]
fn no_session_outlives_its_absolute_timeout() {
    holds(AGES_ABSOLUTE, 50_000, &[EndedByAge]);
}
