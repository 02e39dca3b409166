//! Mutation tests: for each rule broken on purpose, some property must fail.

use stateright::{Checker, HasDiscoveries, Model};

use crate::{
    bounds::Bounds,
    configurations::*,
    model::Protocol,
    rules::Broken::{self, *},
};

const TABLE: &[(Broken, Bounds)] = &[
    (NoGrace, HONEST),
    (RotateWithinGrace, HONEST),
    (LateReplayNeverForgiven, HONEST),
    (LateReplayForgivenOnce, HONEST_BEFORE),
    (LateReplayKeepsGrace, HONEST),
    (UnseenIsSeen, HONEST),
    (UnknownIsSeen, HONEST),
    (ReplayLeavesNoTrace, HONEST),
    (RotateRightAfterReplay, HONEST),
    (ReuseRightAfterReplay, HONEST),
    (LateDecisionStands, HONEST),
    (EndIsNotAsRead, HONEST),
    (PatienceAsLongAsGrace, HONEST_BEFORE),
    (ConsumeBeforeOpen, HONEST_BEFORE),
    (StoreErrorIsLoggedOut, HONEST),
    (ReplayIsNoChange, HONEST),
    (ReplayCommitsLate, HONEST_FAILOVER),
    (AheadRefused, HONEST_FAR),
    (AheadUnbounded, HONEST_FAR),
    (OlderTokenIsForgiven, THIEF),
    (LateReplayAlwaysForgiven, THIEF),
    (LateReplayUnmarked, THIEF),
    (SeenIsUnseen, THIEF),
    (CheckNotesNothing, THIEF),
    (OpenForgetsWhatWasSeen, THIEF),
    (UpdateWithoutGeneration, THIEF),
    (LateReplayIsNotAsRead, THIEF),
    (EndIsNotAsRead, AGES_WIPES),
    (LateReplayCommitsLate, THIEF_FAILOVER),
    (OpenOverTombstone, ENDS),
    (CloseBeforeRow, ENDS),
    (CloseDeletes, ENDS),
    (TombstoneTooShort, ENDS),
    (NoSweeper, ENDS),
    (EndCountsAsClosed, ENDS),
    (UpdateIgnoresEnd, ENDS_WIPES),
    (RenewWithoutConfirm, ENDS_WIPES),
    (ReplayWithoutConfirm, ENDS_WIPES),
    (CheckCreates, ENDS_WIPES),
    (NoCloseAgain, ENDS_WIPES),
    (WipeGoesUnnoticed, ENDS_WIPES),
    (EndIsNotRead, ENDS_WIPES),
    (EndCommitsLate, ENDS_FAILOVER),
    (IdleIgnoresLiveSession, AGES_FAILOVER),
    (IdleWithoutSlack, AGES_WIPES),
    (IdleForgotten, AGES_WIPES),
    (AbsoluteForgotten, AGES_ABSOLUTE),
    (AccessOutlivesSession, AGES_ABSOLUTE),
];

#[test]
fn breaking_any_rule_makes_a_property_fail() {
    let mut missed = Vec::new();
    for (broken, bounds) in TABLE {
        let checker = Protocol::new(*bounds, Some(*broken))
            .checker()
            .finish_when(HasDiscoveries::AnyFailures)
            .target_state_count(20_000_000)
            .spawn_bfs()
            .join();
        let discoveries = checker.discoveries();
        let Some((property, path)) = discoveries.into_iter().next() else {
            println!(
                "{broken:?} in \"{}\": no property noticed it in {} states",
                bounds.name,
                checker.unique_state_count()
            );
            missed.push(*broken);
            continue;
        };
        let actions = path.into_actions();
        println!(
            "{broken:?} in \"{}\": {property}, {} steps, {} states",
            bounds.name,
            actions.len(),
            checker.unique_state_count()
        );
        if std::env::var("PATHS").is_ok() {
            println!("    {actions:?}");
        }
    }
    assert!(missed.is_empty(), "no property noticed: {missed:?}");
}
