//! The rules of every live-session store.

use std::time::Duration;

use domain::{
    account::member::{MemberId, Role},
    session::{
        EndReason, Lifetimes, LiveSession,
        ports::{Checked, Opened},
    },
};

use super::{super::lifetimes, probe::Store};

/// Generates a test of each rule and each race for a store.
macro_rules! keeps_every_rule {
    ($store:ident) => {
        keeps_every_rule! { @ $store;
            conformance:
                an_opened_session_is_live_as_it_was_given
                a_check_never_makes_a_record
                opening_twice_is_opening_once
                a_tombstone_refuses_to_be_opened_and_says_why
                a_tombstone_stands_for_an_hour_and_no_longer
                a_check_of_a_tombstone_does_not_extend_it
                closing_again_lets_the_tombstone_stand_for_its_whole_time
                a_tombstone_outlives_every_access_token_twice
                what_has_expired_counts_as_absent
                a_late_open_neither_restores_a_role_nor_forgets_a_generation
                the_newest_generation_is_noted_once_and_never_goes_back
                a_check_extends_only_when_more_than_a_minute_is_used_up
                a_short_idle_window_is_extended_when_half_of_it_is_used_up
                a_peek_extends_nothing_and_notes_nothing
                neither_open_nor_check_goes_past_the_absolute_end
                a_session_past_its_absolute_end_is_not_opened
                a_record_of_another_member_is_neither_opened_over_nor_touched
                the_shorter_idle_timeout_counts_for_all;
            races:
                opens_and_checks_in_flight_never_undo_a_close
                an_open_that_comes_together_with_a_close_leaves_a_tombstone
                opens_at_once_leave_the_highest_of_each
                checks_at_once_extend_once;
        }
    };
    (@ $store:ident; $($module:ident: $($rule:ident)+;)+) => {
        mod rules {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $rule() {
                    super::super::$module::$rule(&super::$store).await;
                }
            )+)+
        }
    };
}

pub(super) use keeps_every_rule;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);

pub(super) async fn an_opened_session_is_live_as_it_was_given(store: &dyn Store) {
    let probe = store.probe().await;
    let given = LiveSession { role: Role::Admin, newest_generation: 7, ..probe.session() };
    assert_eq!(probe.check(1).await, Checked::Absent);
    assert_eq!(probe.open(&given).await, Opened::Live);
    let seen = probe.seen(0).await;
    assert_eq!((seen.session, seen.is_extended), (given, false));
    seen.assert_left(lifetimes().idle);
}

pub(super) async fn a_check_never_makes_a_record(store: &dyn Store) {
    let probe = store.probe().await;
    for _ in 0..2 {
        assert_eq!(probe.check(5).await, Checked::Absent);
        assert_eq!(probe.peek().await, Checked::Absent);
    }
    probe.open(&probe.session()).await;
    assert_eq!(probe.kept().await.session.newest_generation, 0);
}

pub(super) async fn opening_twice_is_opening_once(store: &dyn Store) {
    let probe = store.probe().await;
    let given = probe.session();
    probe.open(&given).await;
    probe.pass(10 * MINUTE).await;
    assert_eq!(probe.open(&given).await, Opened::Live);
    let kept = probe.kept().await;
    assert_eq!(kept.session, given);
    kept.assert_left(lifetimes().idle);
}

pub(super) async fn a_tombstone_refuses_to_be_opened_and_says_why(store: &dyn Store) {
    let probe = store.probe().await;
    probe.open(&probe.session()).await;
    for reason in EndReason::ALL.iter().copied() {
        probe.close(reason).await;
        assert_eq!(probe.open(&probe.session()).await, Opened::Ended(reason));
        assert_eq!(probe.check(1).await, Checked::Ended(reason));
        assert_eq!(probe.peek().await, Checked::Ended(reason));
    }
}

pub(super) async fn a_tombstone_stands_for_an_hour_and_no_longer(store: &dyn Store) {
    let probe = store.probe().await;
    probe.open(&probe.session()).await;
    probe.close(EndReason::Logout).await;
    probe.pass(HOUR - 10 * SECOND).await;
    assert_eq!(probe.check(0).await, Checked::Ended(EndReason::Logout));
    probe.pass(11 * SECOND).await;
    assert_eq!(probe.check(0).await, Checked::Absent);
}

pub(super) async fn a_check_of_a_tombstone_does_not_extend_it(store: &dyn Store) {
    let probe = store.probe().await;
    probe.close(EndReason::Revoked).await;
    for _ in 0..2 {
        assert_eq!(probe.check(1).await, Checked::Ended(EndReason::Revoked));
        assert_eq!(probe.open(&probe.session()).await, Opened::Ended(EndReason::Revoked));
        probe.pass(31 * MINUTE).await;
    }
    assert_eq!(probe.check(1).await, Checked::Absent);
}

pub(super) async fn closing_again_lets_the_tombstone_stand_for_its_whole_time(store: &dyn Store) {
    let probe = store.probe().await;
    for _ in 0..2 {
        probe.close(EndReason::Logout).await;
        probe.pass(50 * MINUTE).await;
    }
    assert_eq!(probe.check(1).await, Checked::Ended(EndReason::Logout));
}

pub(super) async fn a_tombstone_outlives_every_access_token_twice(store: &dyn Store) {
    let probe = store.probe_with(Lifetimes { access: 40 * MINUTE, ..lifetimes() }).await;
    probe.close(EndReason::Logout).await;
    probe.pass(79 * MINUTE).await;
    assert_eq!(probe.check(1).await, Checked::Ended(EndReason::Logout));
}

pub(super) async fn what_has_expired_counts_as_absent(store: &dyn Store) {
    let probe = store.probe().await;
    let old =
        LiveSession { authority_version: 9, role: Role::Admin, ..probe.session_with(6 * HOUR) };
    probe.open(&old).await;
    probe.seen(7).await;
    probe.pass(lifetimes().idle + SECOND).await;
    assert_eq!(probe.check(8).await, Checked::Absent);
    assert_eq!(probe.check(8).await, Checked::Absent);

    // The next session inherits nothing from it.
    let new = probe.session_with(6 * HOUR);
    assert_eq!(probe.open(&new).await, Opened::Live);
    assert_eq!(probe.kept().await.session, new);

    probe.close(EndReason::Logout).await;
    probe.pass(HOUR + SECOND).await;
    assert_eq!(probe.open(&old).await, Opened::Live);
    assert_eq!(probe.kept().await.session, old);
}

pub(super) async fn a_late_open_neither_restores_a_role_nor_forgets_a_generation(
    store: &dyn Store,
) {
    let probe = store.probe().await;
    let old = LiveSession { role: Role::Admin, authority_version: 3, ..probe.session() };
    let new = LiveSession { role: Role::Member, authority_version: 4, ..old };
    probe.open(&new).await;
    probe.seen(7).await;
    assert_eq!(probe.open(&old).await, Opened::Live);
    assert_eq!(probe.kept().await.session, LiveSession { newest_generation: 7, ..new });

    let newer =
        LiveSession { role: Role::Admin, authority_version: 5, newest_generation: 9, ..old };
    probe.open(&newer).await;
    assert_eq!(probe.seen(8).await.session, newer);
}

pub(super) async fn the_newest_generation_is_noted_once_and_never_goes_back(store: &dyn Store) {
    let probe = store.probe().await;
    probe.open(&probe.session()).await;
    for (presented, newest) in [(1, 1), (3, 3), (2, 3), (0, 3), (3, 3), (u32::MAX, u32::MAX)] {
        let seen = probe.seen(presented).await;
        assert_eq!((seen.session.newest_generation, seen.is_extended), (newest, false));
        assert_eq!(probe.kept().await.session.newest_generation, newest);
    }
}

pub(super) async fn a_check_extends_only_when_more_than_a_minute_is_used_up(store: &dyn Store) {
    let probe = store.probe().await;
    let idle = lifetimes().idle;
    probe.open(&probe.session()).await;
    probe.pass(50 * SECOND).await;
    // Noting a generation extends nothing by itself.
    let seen = probe.seen(1).await;
    assert!(!seen.is_extended);
    seen.assert_left(idle - 50 * SECOND);

    probe.pass(11 * SECOND).await;
    let seen = probe.seen(1).await;
    assert!(seen.is_extended);
    seen.assert_left(idle);
    let seen = probe.seen(1).await;
    assert!(!seen.is_extended);
    seen.assert_left(idle);
}

pub(super) async fn a_short_idle_window_is_extended_when_half_of_it_is_used_up(store: &dyn Store) {
    let idle = 60 * SECOND;
    let probe = store.probe_with(Lifetimes { idle, ..lifetimes() }).await;
    probe.open(&probe.session()).await;
    probe.pass(25 * SECOND).await;
    assert!(!probe.seen(0).await.is_extended);
    probe.pass(6 * SECOND).await;
    let seen = probe.seen(0).await;
    assert!(seen.is_extended);
    seen.assert_left(idle);
}

pub(super) async fn a_peek_extends_nothing_and_notes_nothing(store: &dyn Store) {
    let probe = store.probe().await;
    probe.open(&LiveSession { newest_generation: 3, ..probe.session() }).await;
    probe.pass(20 * MINUTE).await;
    for _ in 0..2 {
        let kept = probe.kept().await;
        assert_eq!((kept.is_extended, kept.session.newest_generation), (false, 3));
        kept.assert_left(lifetimes().idle - 20 * MINUTE);
    }
}

pub(super) async fn neither_open_nor_check_goes_past_the_absolute_end(store: &dyn Store) {
    let probe = store.probe().await;
    let given = probe.session_with(10 * MINUTE);
    let left = || (given.absolute_end - probe.now()).unsigned_abs();
    let most = left();
    probe.open(&given).await;
    probe.kept().await.assert_left(most);
    probe.pass(9 * MINUTE).await;
    let most = left();
    probe.seen(0).await.assert_left(most);
    let most = left();
    probe.open(&given).await;
    probe.kept().await.assert_left(most);
    // At the bound there is nothing left to extend.
    assert!(!probe.seen(0).await.is_extended);
}

pub(super) async fn a_session_past_its_absolute_end_is_not_opened(store: &dyn Store) {
    let probe = store.probe().await;
    let live = probe.session();
    let past = LiveSession { absolute_end: probe.now() - SECOND, ..live };
    assert_eq!(probe.open(&past).await, Opened::Ended(EndReason::Absolute));
    assert_eq!(probe.check(0).await, Checked::Absent);

    probe.open(&live).await;
    assert_eq!(probe.open(&past).await, Opened::Ended(EndReason::Absolute));
    assert_eq!(probe.kept().await.session, live);

    // An end that was reported before is reported again.
    probe.close(EndReason::Revoked).await;
    assert_eq!(probe.open(&past).await, Opened::Ended(EndReason::Revoked));
}

pub(super) async fn a_record_of_another_member_is_neither_opened_over_nor_touched(
    store: &dyn Store,
) {
    let probe = store.probe().await;
    let given = probe.session();
    probe.open(&given).await;
    probe.pass(10 * MINUTE).await;
    let foreign = LiveSession {
        member_id: MemberId::random(),
        role: Role::Admin,
        authority_version: 99,
        newest_generation: 9,
        ..given
    };
    assert!(probe.live.open(probe.id, &foreign).await.is_err());
    let kept = probe.kept().await;
    assert_eq!(kept.session, given);
    kept.assert_left(lifetimes().idle - 10 * MINUTE);
}

pub(super) async fn the_shorter_idle_timeout_counts_for_all(store: &dyn Store) {
    let remembered_idle = 10 * MINUTE;
    let probe = store.probe_with(Lifetimes { remembered_idle, ..lifetimes() }).await;
    probe.open(&probe.session()).await;
    probe.kept().await.assert_left(remembered_idle);
}
