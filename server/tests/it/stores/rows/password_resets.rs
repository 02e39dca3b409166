//! Password resets.

use std::time::Duration;

use domain::{
    account::{confirmation::SecretHash, member::MemberId, ports::PasswordChange},
    credentials::password_reset::RESET_LIFETIME,
    session::EndReason,
};

use super::{
    super::{email, hash, new_confirmation, some_email},
    world::World,
};

fn token_hash(token: u8) -> SecretHash {
    SecretHash(vec![token; 32])
}

async fn put(world: &World, member: MemberId, token: u8) {
    assert!(world.resets.put(member, &token_hash(token)).await.unwrap());
}

async fn found(world: &World, token: u8) -> Option<MemberId> {
    world.resets.find(&[token_hash(token)]).await.unwrap()
}

async fn reset(world: &World, member: MemberId, token: u8, new: &str) -> Option<PasswordChange> {
    let tokens = [token_hash(token)];
    world.authority.reset_password(member, &tokens, &hash(new)).await.unwrap()
}

pub(super) async fn only_the_newest_link_is_found_under_either_key(world: &World) {
    let member = world.add_member(&some_email()).await;
    put(world, member, 1).await;
    assert_eq!(found(world, 1).await, Some(member));
    put(world, member, 2).await;
    assert_eq!((found(world, 1).await, found(world, 2).await), (None, Some(member)));
    let by_other_keys = [token_hash(7), token_hash(2)];
    assert_eq!(world.resets.find(&by_other_keys).await.unwrap(), Some(member));
    assert_eq!(world.resets.find(&[]).await.unwrap(), None);
}

pub(super) async fn an_expired_link_is_not_found_and_changes_nothing(world: &World) {
    let member = world.add_member(&some_email()).await;
    put(world, member, 1).await;
    world.pass(RESET_LIFETIME + Duration::from_secs(1)).await;
    assert_eq!(found(world, 1).await, None);
    assert_eq!(reset(world, member, 1, "second").await, None);
}

pub(super) async fn a_used_link_changes_the_password_ends_the_sessions_and_is_deleted(
    world: &World,
) {
    let row = world.started().await;
    let member = row.member_id;
    put(world, member, 1).await;
    assert_eq!(reset(world, member, 2, "second").await, None, "another link");
    let changed = reset(world, member, 1, "second").await.unwrap();
    assert_eq!((changed.authority_version, changed.ended.named), (2, vec![row.id]));
    assert_eq!((found(world, 1).await, reset(world, member, 1, "third").await), (None, None));
    assert_eq!(world.ended(row.id).await, Some(EndReason::PasswordChanged));
    let credentials = world.members.credentials_of(member).await.unwrap().unwrap();
    assert_eq!((credentials.password_hash, credentials.authority_version), (hash("second"), 2));
}

pub(super) async fn only_an_effective_change_of_password_deletes_the_link(world: &World) {
    let member = world.add_member(&some_email()).await;
    put(world, member, 1).await;
    let change = async |old| {
        world.authority.change_password(member, &hash(old), &hash("second")).await.unwrap()
    };
    assert_eq!(change("other").await, None);
    assert_eq!(found(world, 1).await, Some(member));
    assert!(change("first").await.is_some());
    assert_eq!(found(world, 1).await, None);
}

pub(super) async fn a_reset_deletes_pending_sign_ups_for_the_address_in_any_case(world: &World) {
    let address = some_email();
    let member = world.add_member(&address).await;
    let shouted = email(&address.as_str().to_uppercase());
    let (own, other) = (new_confirmation(&shouted), new_confirmation(&some_email()));
    for new in [&own, &other] {
        world.confirmations.insert(new).await.unwrap();
    }
    put(world, member, 1).await;
    assert!(reset(world, member, 1, "second").await.is_some());
    assert!(world.confirmations.find(own.id).await.unwrap().is_none());
    assert!(world.confirmations.find(other.id).await.unwrap().is_some());
}

pub(super) async fn a_deleted_member_has_no_link_and_cannot_get_one(world: &World) {
    let member = world.add_member(&some_email()).await;
    put(world, member, 1).await;
    assert!(world.authority.delete(member, &hash("first")).await.unwrap().is_some());
    assert_eq!((found(world, 1).await, reset(world, member, 1, "second").await), (None, None));
    assert!(!world.resets.put(member, &token_hash(2)).await.unwrap());
}
