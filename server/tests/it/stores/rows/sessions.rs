//! Session rows: starting, reading and listing.

use std::time::Duration;

use domain::{
    account::member::{MemberId, Role, Standing},
    session::{
        EndReason, ListedSession, Persistence, SeenCursor, SessionId,
        ports::{ListQuery, NewSession},
        rotation::RefreshKind,
    },
};

use super::{
    super::some_email,
    world::{FRESH, HOUR, MANY, World, new_session},
};

pub(super) async fn a_started_session_is_read_back(world: &World) {
    let member = world.add_member(&some_email()).await;
    for persistence in [Persistence::Browser, Persistence::Remembered] {
        let new = NewSession { persistence, ..new_session(member) };
        let row = world.sessions.start(&new, MANY).await.unwrap().unwrap().row;
        assert_eq!((row.id, row.member_id, row.persistence), (new.id, member, persistence));
        assert_eq!((row.role, row.authority_version), (Role::Member, 1));
        assert_eq!((&row.salt, row.state.idle_timeout), (&new.salt, new.idle_timeout));
        assert_eq!((row.state.generation, row.state.late_replay), (1, None));
        assert_eq!((row.state.rotated_ago, row.state.seen_ago), (Duration::ZERO, Duration::ZERO));
        assert_eq!(row.absolute_end - row.created_at, new.absolute_timeout);
        assert_eq!(row.state.remaining, new.absolute_timeout);

        let read = world.find(new.id).await;
        assert_eq!((read.salt, read.created_at), (row.salt, row.created_at));
        assert_eq!((read.absolute_end, read.persistence), (row.absolute_end, persistence));
        assert!(read.state.seen_ago < FRESH);
    }
    assert!(world.sessions.find(SessionId::random()).await.unwrap().is_none());
}

pub(super) async fn no_session_starts_if_the_members_authority_has_changed_since_the_proof(
    world: &World,
) {
    let start = async |new: &NewSession| world.sessions.start(new, MANY).await.unwrap().is_some();
    let member = world.add_member(&some_email()).await;
    assert!(!start(&NewSession { authority_version: 2, ..new_session(member) }).await);
    assert!(!start(&new_session(MemberId::random())).await);
    assert!(start(&new_session(member)).await);

    world.authority.set_standing(member, Standing::Suspended).await.unwrap();
    for authority_version in [1, 2] {
        assert!(!start(&NewSession { authority_version, ..new_session(member) }).await);
    }
}

pub(super) async fn a_change_of_role_is_seen_by_the_next_read(world: &World) {
    let row = world.started().await;
    world.make_admin(row.member_id).await;
    let read = world.find(row.id).await;
    assert_eq!((read.role, read.authority_version), (Role::Admin, 2));
}

pub(super) async fn ages_grow_and_remaining_times_shrink_to_zero(world: &World) {
    let row = world.started().await;
    world.pass(HOUR).await;
    let state = world.find(row.id).await.state;
    for age in [state.rotated_ago, state.seen_ago] {
        assert!(age >= HOUR && age < HOUR + FRESH, "{age:?}");
    }
    assert!(state.remaining <= 11 * HOUR && state.remaining > 11 * HOUR - FRESH);
    world.pass(11 * HOUR).await;
    assert_eq!(world.find(row.id).await.state.remaining, Duration::ZERO);
}

pub(super) async fn a_row_is_confirmed_while_row_and_member_are_unchanged(world: &World) {
    let (row, other) = (world.started().await, world.started().await);
    let confirm = async |row| world.sessions.confirm(row).await.unwrap();
    assert!(confirm(&row).await && confirm(&other).await);
    world.refresh(&row, RefreshKind::Rotate).await;
    assert!(!confirm(&row).await);
    let rotated = world.find(row.id).await;
    assert!(confirm(&rotated).await);
    world.sessions.end(row.id, EndReason::Logout).await.unwrap();
    assert!(!confirm(&rotated).await);
    world.make_admin(other.member_id).await;
    assert!(!confirm(&other).await);
}

async fn list(
    world: &World,
    member: MemberId,
    first: SessionId,
    before: Option<SeenCursor>,
    limit: u32,
) -> Vec<ListedSession> {
    let query = ListQuery { first, before, idle_slack: Duration::from_secs(310), limit };
    world.sessions.list_of(member, query).await.unwrap()
}

pub(super) async fn a_member_lists_their_open_sessions_by_last_use_in_pages(world: &World) {
    let idle = world.started().await;
    let (member, stranger) = (idle.member_id, world.started().await);
    world.pass(HOUR).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        world.pass(Duration::from_secs(1)).await;
        open.insert(0, world.start(member).await.id);
    }
    let ended = world.start(member).await;
    world.sessions.end(ended.id, EndReason::Logout).await.unwrap();

    let ids = |listed: &[ListedSession]| listed.iter().map(|it| it.id).collect::<Vec<_>>();
    let all = list(world, member, open[1], None, 10).await;
    assert_eq!(ids(&all), [open[1], open[0], open[2]]);
    let asking = list(world, member, idle.id, None, 10).await;
    assert_eq!(ids(&asking), [vec![idle.id], open.clone()].concat(), "the one that asks is shown");
    let part = list(world, member, open[1], None, 2).await;
    let before = Some(SeenCursor { seen_at: part[1].seen_at, id: part[1].id });
    assert_eq!(ids(&list(world, member, open[1], before, 2).await), [open[1], open[2]]);
    assert_eq!(ids(&list(world, stranger.member_id, open[0], None, 10).await), []);
}

pub(super) async fn a_session_beyond_the_bound_ends_the_oldest_and_returns_its_id(world: &World) {
    let (oldest, stranger) = (world.started().await, world.started().await);
    world.pass(Duration::from_secs(1)).await;
    let start = async || {
        let started = world.sessions.start(&new_session(oldest.member_id), 2).await;
        started.unwrap().unwrap()
    };
    let second = start().await;
    assert_eq!(second.displaced, []);
    let third = start().await;
    assert_eq!(third.displaced, [oldest.id]);
    assert_eq!(world.ended(oldest.id).await, Some(EndReason::Revoked));
    for id in [second.row.id, third.row.id, stranger.id] {
        assert_eq!(world.ended(id).await, None);
    }
}

pub(super) async fn expired_sessions_make_room_before_older_ones(world: &World) {
    let older = world.started().await;
    let start =
        async |new: NewSession, max| world.sessions.start(&new, max).await.unwrap().unwrap();
    let usual = || new_session(older.member_id);
    world.pass(Duration::from_secs(1)).await;
    for short in [
        NewSession { idle_timeout: Duration::from_secs(10), ..usual() },
        NewSession { absolute_timeout: Duration::from_secs(10), ..usual() },
    ] {
        let over = start(short, MANY).await.row.id;
        world.pass(Duration::from_secs(20)).await;
        let new = start(usual(), 2).await;
        assert_eq!(new.displaced, [over]);
        assert_eq!(world.ended(older.id).await, None);
        world.sessions.end(new.row.id, EndReason::Logout).await.unwrap();
    }
}
