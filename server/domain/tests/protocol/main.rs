//! The session protocol, model-checked (`docs/sessions.md`, "Proof"): a browser with two tabs and one cookie jar, a
//! network that loses, repeats and reorders, a thief with one stolen refresh token, ends from everywhere, stores
//! that fail, forget and land late, instances that stand still between any two steps. The decision is
//! [`domain::session::rotation::decide`] itself; [`each_rule`] breaks each rule on purpose. `--nocapture` prints the bounds
//! and how many states there were.

mod actions;
mod bounds;
mod configurations;
mod coverage;
mod each_rule;
mod memory;
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
fn an_honest_browser_that_loses_no_two_answers_is_never_ended() {
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
            ComeAgain,
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
fn nor_is_one_that_lost_an_answer_longer_ago() {
    holds(HONEST_BEFORE, 500_000, &[LateReplayAfterPause]);
}

#[test]
fn nor_is_one_that_asks_three_times_at_once() {
    holds(HONEST_CROWD, 1_000_000, &[ComeAgain, EndOvertaken, MovedOn]);
}

#[test]
fn nor_is_one_whose_last_rotations_the_database_lost() {
    holds(HONEST_FAILOVER, 400_000, &[FailedOver, Ahead]);
}

#[test]
fn nor_turned_away_unless_more_is_lost_than_a_failover_explains() {
    holds(HONEST_FAR, 100_000, &[Ahead, TooFarAhead]);
}

#[test]
fn a_thief_walks_in_step_once() {
    holds(THIEF, 1_000_000, &[ThiefUsed, ThiefFollowed, EndedByReuse]);
}

#[test]
fn an_earlier_loss_of_the_browser_does_not_help_him() {
    holds(THIEF_BEFORE, 500_000, &[ThiefUsed, ThiefFollowed, LateReplayAfterPause]);
}

#[test]
fn with_a_wipe_he_walks_in_step_three_times() {
    holds(THIEF_WIPE, 1_000_000, &[ThiefFollowedThreeTimes, EndedByReuse, LateReplayRepeated]);
}

#[test]
fn with_two_wipes_four_times() {
    holds(THIEF_WIPES, 10_000, &[ThiefFollowedFourTimes, EndedByReuse, LateReplayRepeated]);
}

#[test]
fn a_failover_forgets_no_late_replay() {
    holds(THIEF_FAILOVER, 1_000_000, &[ThiefUsed, EndedByReuse, FailedOver]);
}

#[test]
fn an_end_is_an_end() {
    holds(
        ENDS,
        500_000,
        &[Ended, CloseFailed, ClosedLate, Swept, OpenRefused, RefusedAsEnded, MovedOn],
    );
}

#[test]
fn a_wipe_revives_nobody() {
    holds(ENDS_WIPES, 1_000_000, &[Ended, Wiped, Revived, Swept, RefusedAsEnded]);
}

#[test]
fn nor_does_a_failover() {
    holds(ENDS_FAILOVER, 50_000, &[Ended, Wiped, FailedOver, Swept]);
}

#[test]
fn a_wipe_ends_nobody_who_is_here() {
    holds(AGES_WIPES, 2_000_000, &[Wiped, BroughtBack, AskedFrontDesk, EndedByIdle, EndOvertaken]);
}

#[test]
fn nor_does_a_failover_while_the_front_desk_knows_better() {
    holds(AGES_FAILOVER, 200_000, &[FailedOver, AskedFrontDesk, EndedByIdle]);
}

#[test]
fn the_absolute_end_is_absolute() {
    holds(AGES_ABSOLUTE, 50_000, &[EndedByAge]);
}
