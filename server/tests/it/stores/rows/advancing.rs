//! The conditional statement with which each refresh takes effect.

use std::time::Duration;

use domain::session::{
    Client, EndReason, ListedSession, MemberId, RowState, SessionId, SessionRow,
    ports::{ListQuery, RowUpdate, UpdateOutcome},
    rotation::{RefreshKind, apply},
};

use super::world::{FRESH, HOUR, World, presented, same_browser};

const EVERY_KIND: [RefreshKind; 5] = [
    RefreshKind::Rotate,
    RefreshKind::LateReplay,
    RefreshKind::Ahead,
    RefreshKind::Renew,
    RefreshKind::Replay,
];

/// Compares rows; ages that are fresh count as equal.
fn assert_same(read: RowState, expected: RowState, kind: RefreshKind) {
    assert_eq!(read.generation, expected.generation, "{kind:?}");
    assert_eq!(read.late_replay, expected.late_replay, "{kind:?}");
    for (read, expected) in
        [(read.rotated_ago, expected.rotated_ago), (read.seen_ago, expected.seen_ago)]
    {
        assert!(read >= expected && read < expected + FRESH, "{kind:?}: {read:?}, {expected:?}");
    }
}

pub(super) async fn each_refresh_changes_the_row_as_the_rules_say(world: &World) {
    let id = world.started().await.id;
    for kind in [EVERY_KIND, EVERY_KIND].concat() {
        world.pass(Duration::from_secs(600)).await;
        let row = world.find(id).await;
        let expected = apply(row.state, kind, presented(row.state.generation, kind)).unwrap();
        assert_eq!(world.refresh(&row, kind).await, UpdateOutcome::Done, "{kind:?}");
        assert_same(world.find(id).await.state, expected, kind);
    }
}

pub(super) async fn a_renewal_writes_nothing_and_a_replay_only_the_time(world: &World) {
    let row = world.started().await;
    world.pass(HOUR).await;
    for (kind, is_seen) in [(RefreshKind::Renew, false), (RefreshKind::Replay, true)] {
        assert_eq!(world.refresh(&row, kind).await, UpdateOutcome::Done, "{kind:?}");
        let read = world.find(row.id).await;
        assert_eq!(read.state.generation, 1);
        assert!(read.state.rotated_ago >= HOUR, "{kind:?} begins no grace");
        assert_eq!(read.state.seen_ago < HOUR, is_seen, "{kind:?}");
        assert_eq!(read.seen_at != row.seen_at && is_seen, is_seen, "{kind:?}");
    }
}

pub(super) async fn a_late_replay_conflicts_with_a_replay_since_the_read(world: &World) {
    let id = world.started().await.id;
    world.pass(HOUR).await;
    let read = world.find(id).await;
    assert_eq!(world.refresh(&read, RefreshKind::Replay).await, UpdateOutcome::Done);
    assert_eq!(world.refresh(&read, RefreshKind::LateReplay).await, UpdateOutcome::Conflict);
    for kind in [RefreshKind::Renew, RefreshKind::Replay] {
        assert_eq!(world.refresh(&read, kind).await, UpdateOutcome::Done, "{kind:?}");
    }
}

/// The member's only session, as their list shows it.
async fn listed(world: &World, member_id: MemberId) -> ListedSession {
    let (first, idle_slack) = (SessionId::random(), Duration::ZERO);
    let query = ListQuery { first, before: None, idle_slack, limit: 10 };
    world.sessions.list_of(member_id, query).await.unwrap().remove(0)
}

pub(super) async fn replays_from_another_address_or_browser_are_counted(world: &World) {
    let SessionRow { id, member_id, .. } = world.started().await;
    let here = same_browser();
    let elsewhere = Client { ip: Some([198, 51, 100, 1].into()), ..same_browser() };
    let another = Client { user_agent: "another browser".into(), ..same_browser() };
    let refresh = async |kind, client| {
        world.pass(Duration::from_secs(1)).await;
        world.refresh_by(&world.find(id).await, kind, client).await
    };
    assert_eq!(refresh(RefreshKind::Replay, &elsewhere).await, UpdateOutcome::DoneFromElsewhere);
    assert_eq!(refresh(RefreshKind::LateReplay, &another).await, UpdateOutcome::DoneFromElsewhere);
    assert_eq!(refresh(RefreshKind::Renew, &elsewhere).await, UpdateOutcome::Done);
    assert_eq!(refresh(RefreshKind::Replay, &here).await, UpdateOutcome::Done);
    let before = listed(world, member_id).await;
    assert_eq!((before.replays_from_elsewhere, before.client), (2, same_browser()));

    assert_eq!(refresh(RefreshKind::Rotate, &elsewhere).await, UpdateOutcome::Done);
    let after = listed(world, member_id).await;
    assert_eq!((after.replays_from_elsewhere, after.client), (2, elsewhere));
}

pub(super) async fn a_row_that_has_changed_or_ended_does_not_advance(world: &World) {
    let row = world.started().await;
    let moved_on = SessionRow { state: RowState { generation: 2, ..row.state }, ..row.clone() };
    let nobodys = SessionRow { id: SessionId::random(), ..row.clone() };
    for kind in EVERY_KIND {
        for other in [&moved_on, &nobodys] {
            assert_eq!(world.refresh(other, kind).await, UpdateOutcome::Conflict, "{kind:?}");
        }
    }
    let (kind, client) = (RefreshKind::Ahead, &same_browser());
    let back = RowUpdate { row: &row, kind, presented: 1, client };
    assert_eq!(world.sessions.advance(back).await.unwrap(), UpdateOutcome::Conflict);
    assert_eq!(world.find(row.id).await.state.generation, 1);
    world.sessions.end(row.id, EndReason::Logout).await.unwrap();
    for kind in EVERY_KIND {
        assert_eq!(world.refresh(&row, kind).await, UpdateOutcome::Conflict, "{kind:?}");
    }
}

pub(super) async fn a_row_whose_members_role_has_changed_does_not_advance(world: &World) {
    let row = world.started().await;
    world.make_admin(row.member_id).await;
    for kind in EVERY_KIND {
        assert_eq!(world.refresh(&row, kind).await, UpdateOutcome::Conflict, "{kind:?}");
    }
    let read = world.find(row.id).await;
    assert_eq!(read.state.generation, 1);
    assert_eq!(world.refresh(&read, RefreshKind::Rotate).await, UpdateOutcome::Done);
}

pub(super) async fn of_several_late_replays_of_one_read_one_is_forgiven(world: &World) {
    let id = world.started().await.id;
    world.pass(Duration::from_secs(30)).await;
    let row = world.find(id).await;
    let mut done = 0;
    for _ in 0..3 {
        let outcome = world.refresh(&row, RefreshKind::LateReplay).await;
        done += usize::from(outcome == UpdateOutcome::Done);
    }
    assert_eq!(done, 1);
}
