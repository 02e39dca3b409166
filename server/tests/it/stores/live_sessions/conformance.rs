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
                an_opened_session_is_live_with_its_values
                a_check_never_creates_a_record
                opening_a_session_twice_has_the_effect_of_once
                a_tombstone_cannot_be_opened_and_returns_its_reason
                a_tombstone_expires_after_an_hour
                a_check_of_a_tombstone_does_not_extend_it
                closing_again_restarts_the_tombstones_lifetime
                a_tombstone_lasts_twice_the_lifetime_of_access_tokens
                an_expired_record_counts_as_missing
                a_late_open_neither_restores_a_role_nor_forgets_a_generation
                the_newest_generation_is_recorded_once_and_never_decreases
                a_check_extends_only_after_more_than_a_minute
                a_short_idle_timeout_is_extended_after_half_of_it
                a_peek_neither_extends_nor_records
                neither_open_nor_check_extends_past_the_absolute_timeout
                a_session_past_its_absolute_timeout_is_not_opened
                another_members_record_is_neither_overwritten_nor_extended
                the_shorter_idle_timeout_applies_to_all_instances;
            races:
                opens_and_checks_in_flight_never_undo_a_close
                an_open_concurrent_with_a_close_leaves_a_tombstone
                concurrent_opens_leave_the_highest_of_each_value
                concurrent_checks_extend_once;
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

pub(super) async fn an_opened_session_is_live_with_its_values(store: &dyn Store) {
    let probe = store.probe().await;
    let given = LiveSession { role: Role::Admin, newest_generation: 7, ..probe.session() };
    assert_eq!(probe.check(1).await, Checked::Absent);
    assert_eq!(probe.open(&given).await, Opened::Live);
    let seen = probe.seen(0).await;
    assert_eq!((seen.session, seen.is_extended), (given, false));
    seen.assert_left(lifetimes().idle);
}

pub(super) async fn a_check_never_creates_a_record(store: &dyn Store) {
    let probe = store.probe().await;
    for _ in 0..2 {
        assert_eq!(probe.check(5).await, Checked::Absent);
        assert_eq!(probe.peek().await, Checked::Absent);
    }
    probe.open(&probe.session()).await;
    assert_eq!(probe.kept().await.session.newest_generation, 0);
}

pub(super) async fn opening_a_session_twice_has_the_effect_of_once(store: &dyn Store) {
    let probe = store.probe().await;
    let given = probe.session();
    probe.open(&given).await;
    probe.pass(10 * MINUTE).await;
    assert_eq!(probe.open(&given).await, Opened::Live);
    let kept = probe.kept().await;
    assert_eq!(kept.session, given);
    kept.assert_left(lifetimes().idle);
}

pub(super) async fn a_tombstone_cannot_be_opened_and_returns_its_reason(store: &dyn Store) {
    let probe = store.probe().await;
    probe.open(&probe.session()).await;
    for reason in EndReason::ALL.iter().copied() {
        probe.close(reason).await;
        assert_eq!(probe.open(&probe.session()).await, Opened::Ended(reason));
        assert_eq!(probe.check(1).await, Checked::Ended(reason));
        assert_eq!(probe.peek().await, Checked::Ended(reason));
    }
}

pub(super) async fn a_tombstone_expires_after_an_hour(store: &dyn Store) {
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

pub(super) async fn closing_again_restarts_the_tombstones_lifetime(store: &dyn Store) {
    let probe = store.probe().await;
    for _ in 0..2 {
        probe.close(EndReason::Logout).await;
        probe.pass(50 * MINUTE).await;
    }
    assert_eq!(probe.check(1).await, Checked::Ended(EndReason::Logout));
}

pub(super) async fn a_tombstone_lasts_twice_the_lifetime_of_access_tokens(store: &dyn Store) {
    let probe = store.probe_with(Lifetimes { access: 40 * MINUTE, ..lifetimes() }).await;
    probe.close(EndReason::Logout).await;
    probe.pass(79 * MINUTE).await;
    assert_eq!(probe.check(1).await, Checked::Ended(EndReason::Logout));
}

pub(super) async fn an_expired_record_counts_as_missing(store: &dyn Store) {
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

pub(super) async fn the_newest_generation_is_recorded_once_and_never_decreases(store: &dyn Store) {
    let probe = store.probe().await;
    probe.open(&probe.session()).await;
    for (presented, newest) in [(1, 1), (3, 3), (2, 3), (0, 3), (3, 3), (u32::MAX, u32::MAX)] {
        let seen = probe.seen(presented).await;
        assert_eq!((seen.session.newest_generation, seen.is_extended), (newest, false));
        assert_eq!(probe.kept().await.session.newest_generation, newest);
    }
}

pub(super) async fn a_check_extends_only_after_more_than_a_minute(store: &dyn Store) {
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

pub(super) async fn a_short_idle_timeout_is_extended_after_half_of_it(store: &dyn Store) {
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

pub(super) async fn a_peek_neither_extends_nor_records(store: &dyn Store) {
    let probe = store.probe().await;
    probe.open(&LiveSession { newest_generation: 3, ..probe.session() }).await;
    probe.pass(20 * MINUTE).await;
    for _ in 0..2 {
        let kept = probe.kept().await;
        assert_eq!((kept.is_extended, kept.session.newest_generation), (false, 3));
        kept.assert_left(lifetimes().idle - 20 * MINUTE);
    }
}

pub(super) async fn neither_open_nor_check_extends_past_the_absolute_timeout(store: &dyn Store) {
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

pub(super) async fn a_session_past_its_absolute_timeout_is_not_opened(store: &dyn Store) {
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

pub(super) async fn another_members_record_is_neither_overwritten_nor_extended(store: &dyn Store) {
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

pub(super) async fn the_shorter_idle_timeout_applies_to_all_instances(store: &dyn Store) {
    let remembered_idle = 10 * MINUTE;
    let probe = store.probe_with(Lifetimes { remembered_idle, ..lifetimes() }).await;
    probe.open(&probe.session()).await;
    probe.kept().await.assert_left(remembered_idle);
}
