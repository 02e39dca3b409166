//! Changes of password, role and standing, and the sessions that they end.

use domain::{
    account::{
        member::{MemberId, Role, Standing},
        ports::PasswordChange,
    },
    session::{
        EndReason, SessionId,
        ports::{Affected, Ends, NewSession},
    },
};

use super::{
    super::{hash, some_email},
    world::{MANY, World, new_session},
};

fn named(sessions: &[SessionId]) -> Affected {
    Affected { count: sessions.len() as u64, named: sessions.to_vec() }
}

pub(super) async fn a_changed_password_ends_every_session_and_a_stale_one_changes_nothing(
    world: &World,
) {
    let row = world.started().await;
    let change = async |old, new| {
        let (old, new) = (hash(old), hash(new));
        world.authority.change_password(row.member_id, &old, &new).await.unwrap()
    };
    assert_eq!(change("other", "second").await, None);
    assert_eq!(world.ended(row.id).await, None);
    let changed = change("first", "second").await;
    assert_eq!(changed, Some(PasswordChange { authority_version: 2, ended: named(&[row.id]) }));
    assert_eq!(world.ended(row.id).await, Some(EndReason::PasswordChanged));
    let start = async |new| world.sessions.start(&new, MANY).await.unwrap().is_some();
    assert!(!start(new_session(row.member_id)).await);
    assert!(start(NewSession { authority_version: 2, ..new_session(row.member_id) }).await);
}

pub(super) async fn a_suspension_ends_every_session_and_a_reinstatement_ends_none(world: &World) {
    let email = some_email();
    let member = world.add_member(&email).await;
    let session = world.start(member).await.id;
    let set = async |id, standing| world.authority.set_standing(id, standing).await.unwrap();
    assert_eq!(set(member, Standing::Suspended).await, Some(named(&[session])));
    assert_eq!(world.ended(session).await, Some(EndReason::Suspended));
    assert_eq!(set(member, Standing::Active).await, Some(named(&[])));
    assert_eq!(world.authority_version(&email).await, 3);
    let new = NewSession { authority_version: 3, ..new_session(member) };
    assert!(world.sessions.start(&new, MANY).await.unwrap().is_some());
    assert_eq!(set(MemberId::random(), Standing::Suspended).await, None);
}

pub(super) async fn a_changed_role_raises_the_authority_version_and_returns_the_open_sessions(
    world: &World,
) {
    let open = world.started().await;
    let over = world.start(open.member_id).await.id;
    world.sessions.end(over, EndReason::Logout).await.unwrap();
    let set = async |id| world.authority.set_role(id, Role::Admin).await.unwrap();
    assert_eq!(set(open.member_id).await, Some(named(&[open.id])));
    let row = world.find(open.id).await;
    assert_eq!((row.role, row.authority_version), (Role::Admin, 2));
    assert_eq!(set(MemberId::random()).await, None);
}

pub(super) async fn a_deleted_member_leaves_only_the_ends_of_their_sessions(world: &World) {
    let row = world.started().await;
    let delete =
        async |verified| world.authority.delete(row.member_id, &hash(verified)).await.unwrap();
    assert_eq!(delete("other").await, None);
    assert_eq!(delete("first").await, Some(named(&[row.id])));
    assert_eq!(world.ended(row.id).await, Some(EndReason::Deleted));
    assert!(world.members.find(row.member_id).await.unwrap().is_none());
    let lately = world.ended_lately(Ends::Unclosed, None, 10).await;
    assert_eq!(lately.len(), 1);
    assert_eq!((lately[0].id, lately[0].reason), (row.id, EndReason::Deleted));
}
