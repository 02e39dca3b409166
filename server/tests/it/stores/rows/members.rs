//! Members' rows.

use domain::{
    account::member::{Language, MemberId, Profile, Role, Standing, TypedProfile},
    session::{EndReason, SessionId},
};

use super::{
    super::{email, hash, some_email},
    world::{FRESH, HOUR, World},
};

pub(super) async fn an_address_is_found_whatever_its_case(world: &World) {
    let id = world.add_member(&email("Ikebana@Example.com")).await;
    let found = world.members.credentials(&email("iKEBANA@eXAMPLE.COM")).await.unwrap().unwrap();
    assert_eq!((found.member_id, found.authority_version), (id, 1));
    assert_eq!((found.standing, found.locale), (Standing::Active, Language::Ja));
    assert_eq!(found.password_hash, hash("first"));
    let known = world.members.credentials_of(id).await.unwrap().unwrap();
    assert_eq!(known.email.as_str(), "Ikebana@example.com");
    assert!(world.members.credentials(&some_email()).await.unwrap().is_none());
}

pub(super) async fn a_changed_profile_is_returned_and_read_back(world: &World) {
    let address = some_email();
    let id = world.add_member(&address).await;
    let typed = TypedProfile { bio: "I keep\nan old garden.", ..typed("Hana Satō") };
    let profile = Profile::parse(typed).unwrap();
    let returned = world.members.update_profile(id, &profile).await.unwrap().unwrap();
    assert_eq!(returned.profile, profile);
    assert_eq!((&returned.email, returned.role), (&address, Role::Member));
    assert_eq!(world.members.find(id).await.unwrap(), Some(returned));
}

pub(super) async fn an_unknown_member_is_not_found(world: &World) {
    let nobody = MemberId::random();
    let profile = Profile::parse(typed("Nobody")).unwrap();
    assert_eq!(world.members.find(nobody).await.unwrap(), None);
    assert_eq!(world.members.update_profile(nobody, &profile).await.unwrap(), None);
    assert!(world.members.credentials_of(nobody).await.unwrap().is_none());
}

pub(super) async fn a_session_is_read_with_its_member_until_it_ends(world: &World) {
    let address = some_email();
    let member = world.add_member(&address).await;
    let id = world.start(member).await.id;
    world.pass(HOUR / 6).await;
    let row = world.find(id).await;
    let own = world.members.own_session(id).await.unwrap().unwrap().unwrap();
    assert_eq!((&own.email, own.created_at), (&address, row.created_at));
    assert_eq!(own.persistence, row.persistence);
    let idle_left = row.state.idle_timeout - row.state.seen_ago;
    assert!(own.remaining.abs_diff(row.state.remaining) < FRESH, "{own:?} {row:?}");
    assert!(own.idle_left.abs_diff(idle_left) < FRESH, "{own:?} {row:?}");

    world.sessions.end(id, EndReason::Revoked).await.unwrap();
    let ended = world.members.own_session(id).await.unwrap().unwrap();
    assert_eq!(ended, Err(EndReason::Revoked));
    assert_eq!(world.members.own_session(SessionId::random()).await.unwrap(), None);
}

pub(super) async fn a_hash_is_replaced_only_if_unchanged_and_keeps_the_authority_version(
    world: &World,
) {
    let address = some_email();
    let id = world.add_member(&address).await;
    let stored = async || {
        let credentials = world.members.credentials(&address).await.unwrap().unwrap();
        (credentials.password_hash, credentials.authority_version)
    };
    world.members.replace_hash(id, &hash("other"), &hash("second")).await.unwrap();
    assert_eq!(stored().await, (hash("first"), 1));
    world.members.replace_hash(id, &hash("first"), &hash("second")).await.unwrap();
    assert_eq!(stored().await, (hash("second"), 1));
}

fn typed(display_name: &str) -> TypedProfile<'_> {
    TypedProfile { display_name, locale: "en", ..TypedProfile::default() }
}
