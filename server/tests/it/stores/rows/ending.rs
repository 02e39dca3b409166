//! The ends of session rows: the first reason stands.

use std::{collections::HashSet, time::Duration};

use domain::session::{
    EndReason, SessionId,
    ports::{Affected, Ending, Ends, UpdateOutcome},
    rotation::RefreshKind,
};

use super::world::{HOUR, World};

pub(super) async fn a_session_refreshed_since_the_read_is_not_ended_by_it(world: &World) {
    let id = world.started().await.id;
    for kind in [RefreshKind::Replay, RefreshKind::LateReplay, RefreshKind::Rotate] {
        world.pass(HOUR).await;
        let read = world.find(id).await;
        assert_eq!(world.refresh(&read, kind).await, UpdateOutcome::Done);
        for reason in [EndReason::Idle, EndReason::Reuse] {
            assert!(!world.sessions.end_as_read(&read, reason).await.unwrap(), "{kind:?}");
        }
    }
    let read = world.find(id).await;
    assert!(world.sessions.end_as_read(&read, EndReason::Idle).await.unwrap());
    assert_eq!(world.ended(id).await, Some(EndReason::Idle));
    assert!(!world.sessions.end_as_read(&read, EndReason::Reuse).await.unwrap());
}

pub(super) async fn the_first_end_reason_stands(world: &World) {
    let id = world.started().await.id;
    let end = async |id, reason| world.sessions.end(id, reason).await.unwrap();
    assert_eq!(end(id, EndReason::Revoked).await, Some(Ending::Now));
    for reason in [EndReason::Logout, EndReason::Revoked, EndReason::Reuse] {
        assert_eq!(end(id, reason).await, Some(Ending::Before(EndReason::Revoked)));
    }
    assert_eq!(world.ended(id).await, Some(EndReason::Revoked));
    assert_eq!(end(SessionId::random(), EndReason::Logout).await, None);
}

pub(super) async fn every_end_reason_can_be_stored(world: &World) {
    let member = world.started().await.member_id;
    for reason in EndReason::ALL.iter().copied() {
        let id = world.start(member).await.id;
        world.sessions.end(id, reason).await.unwrap();
        assert_eq!(world.ended(id).await, Some(reason));
    }
}

pub(super) async fn a_member_can_end_only_their_own_sessions(world: &World) {
    let (mine, theirs) = (world.started().await, world.started().await);
    let end_of =
        async |member| world.sessions.end_of(member, theirs.id, EndReason::Revoked).await.unwrap();
    assert_eq!(end_of(mine.member_id).await, None);
    assert_eq!(world.ended(theirs.id).await, None);
    assert_eq!(end_of(theirs.member_id).await, Some(Ending::Now));

    let second = world.start(mine.member_id).await.id;
    let others = world.sessions.end_others_of(mine.member_id, second, EndReason::Revoked).await;
    assert_eq!(others.unwrap(), Affected { count: 1, named: vec![mine.id] });
    assert_eq!(world.ended(second).await, None);
}

pub(super) async fn only_recently_ended_sessions_are_found(world: &World) {
    let before = world.started().await;
    let lately = world.start(before.member_id).await.id;
    world.sessions.end(before.id, EndReason::Logout).await.unwrap();
    world.pass(Duration::from_secs(600)).await;
    world.sessions.end(lately, EndReason::Logout).await.unwrap();
    for ends in [Ends::Unclosed, Ends::All] {
        let found = world.ended_lately(ends, None, 10).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].id, found[0].reason), (lately, EndReason::Logout));
    }
}

pub(super) async fn sessions_noted_as_closed_are_listed_only_among_all_ended_ones(world: &World) {
    let open = world.started().await;
    let over = world.start(open.member_id).await.id;
    world.sessions.end(over, EndReason::Logout).await.unwrap();
    // An open session cannot be noted as closed.
    world.sessions.note_closed(&[open.id, over, SessionId::random()]).await.unwrap();
    assert!(world.ended_lately(Ends::Unclosed, None, 10).await.is_empty());
    assert_eq!(world.ended_lately(Ends::All, None, 10).await.len(), 1);
    world.sessions.end(open.id, EndReason::Logout).await.unwrap();
    assert_eq!(world.ended_lately(Ends::Unclosed, None, 10).await[0].id, open.id);
}

pub(super) async fn sessions_that_ended_at_the_same_moment_are_paged_without_gaps(world: &World) {
    let member = world.started().await.member_id;
    for _ in 0..6 {
        world.start(member).await;
    }
    assert_eq!(world.sessions.end_all(EndReason::Revoked).await.unwrap(), 7);
    let (mut all, mut after) = (HashSet::new(), None);
    for size in [3, 3, 1, 0] {
        let part = world.ended_lately(Ends::Unclosed, after, 3).await;
        assert_eq!(part.len(), size);
        all.extend(part.iter().map(|it| it.id));
        after = part.last().copied().or(after);
    }
    assert_eq!(all.len(), 7);
}

pub(super) async fn ending_all_sessions_keeps_earlier_end_reasons(world: &World) {
    let (one, two) = (world.started().await.id, world.started().await.id);
    world.sessions.end(one, EndReason::Logout).await.unwrap();
    assert_eq!(world.sessions.end_all(EndReason::Revoked).await.unwrap(), 1);
    assert_eq!(world.ended(one).await, Some(EndReason::Logout));
    assert_eq!(world.ended(two).await, Some(EndReason::Revoked));
}
