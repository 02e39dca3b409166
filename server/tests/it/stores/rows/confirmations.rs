//! Pending sign-ups.

use std::{collections::HashMap, time::Duration};

use domain::account::{
    confirmation::{CODE_LIFETIME, CODE_TRIES, ConfirmationId, MAILS_MAX, SecretHash},
    member::{Language, MemberId, Role},
    ports::Completed,
};

use super::{
    super::{email, hash, new_confirmation, some_email},
    world::World,
};

const A_SECOND: Duration = Duration::from_secs(1);

pub(super) async fn a_stored_sign_up_is_found_until_its_code_expires(world: &World) {
    let confirmations = &world.confirmations;
    let new = new_confirmation(&some_email());
    confirmations.insert(&new).await.unwrap();
    let found = confirmations.find(new.id).await.unwrap().unwrap();
    assert_eq!((found.id, &found.email, found.locale), (new.id, &new.email, Language::Ja));
    assert_eq!((found.code, found.password_hash), (new.code, new.password_hash));
    assert_eq!((found.tries_left, found.mail), (CODE_TRIES, 1));

    world.pass(CODE_LIFETIME + A_SECOND).await;
    assert!(confirmations.find(new.id).await.unwrap().is_none());
    assert!(confirmations.spend_try(new.id).await.unwrap().is_none());
    let completed = confirmations.complete(new.id, MemberId::random()).await.unwrap();
    assert_eq!(completed, Completed::Gone);
    assert!(confirmations.find(ConfirmationId::random()).await.unwrap().is_none());
}

pub(super) async fn a_code_has_five_tries(world: &World) {
    let new = new_confirmation(&some_email());
    world.confirmations.insert(&new).await.unwrap();
    for left in (0..CODE_TRIES).rev() {
        let spent = world.confirmations.spend_try(new.id).await.unwrap().unwrap();
        assert_eq!(spent.tries_left, left);
    }
    assert!(world.confirmations.spend_try(new.id).await.unwrap().is_none());
    // Used up is not expired: the sign-up still exists.
    assert_eq!(world.confirmations.find(new.id).await.unwrap().unwrap().tries_left, 0);
}

pub(super) async fn a_new_code_has_new_tries_within_five_mails(world: &World) {
    let confirmations = &world.confirmations;
    let new = new_confirmation(&some_email());
    confirmations.insert(&new).await.unwrap();
    for mail in 2..=MAILS_MAX {
        while confirmations.spend_try(new.id).await.unwrap().is_some() {}
        world.pass(CODE_LIFETIME + A_SECOND).await;
        let code = SecretHash(vec![u8::try_from(mail).unwrap(); 32]);
        let renewed = confirmations.renew(new.id, &code).await.unwrap().unwrap();
        assert_eq!((&renewed.code, renewed.tries_left), (&code, CODE_TRIES), "mail {mail}");
        assert_eq!(renewed.mail, mail);
        assert_eq!(confirmations.find(new.id).await.unwrap().unwrap().code, code);
    }
    assert!(confirmations.renew(new.id, &SecretHash(vec![9; 32])).await.unwrap().is_none());
}

pub(super) async fn a_completed_sign_up_creates_the_member_and_is_deleted(world: &World) {
    let new = new_confirmation(&some_email());
    world.confirmations.insert(&new).await.unwrap();
    let id = MemberId::random();
    let completed = world.confirmations.complete(new.id, id).await.unwrap();
    let Completed::Member { member, authority_version } = completed else {
        panic!("{completed:?}")
    };
    assert_eq!((member.id, &member.email, member.profile.locale), (id, &new.email, Language::Ja));
    assert_eq!((&member.profile.display_name, member.role), (&new.display_name, Role::Member));

    assert_eq!(world.members.find(id).await.unwrap(), Some(member));
    let credentials = world.members.credentials(&new.email).await.unwrap().unwrap();
    assert_eq!(credentials.password_hash, hash("first"));
    assert_eq!(credentials.authority_version, authority_version);
    let again = world.confirmations.complete(new.id, MemberId::random()).await.unwrap();
    assert_eq!(again, Completed::Gone);
}

pub(super) async fn proving_an_address_completes_its_other_sign_ups_and_remembers_them(
    world: &World,
) {
    let confirmations = &world.confirmations;
    let mut ids = Vec::new();
    for address in ["hana@example.com", "Hana@example.com", "ken@example.com"] {
        let new = new_confirmation(&email(address));
        confirmations.insert(&new).await.unwrap();
        ids.push(new.id);
    }
    let completed = confirmations.complete(ids[0], MemberId::random()).await.unwrap();
    assert!(matches!(completed, Completed::Member { .. }), "{completed:?}");
    let mut was_completed = Vec::new();
    for id in &ids {
        was_completed.push(confirmations.was_completed(*id).await.unwrap());
    }
    assert_eq!(was_completed, [true, true, false]);
    assert!(confirmations.find(ids[1]).await.unwrap().is_none());
    assert!(confirmations.find(ids[2]).await.unwrap().is_some());

    let lately = async || {
        let lately = confirmations.completed_lately(&email("HANA@example.com")).await.unwrap();
        lately.into_iter().map(|it| (it.id.0, it.code)).collect::<HashMap<_, _>>()
    };
    let code = SecretHash(vec![1; 32]);
    assert_eq!(lately().await, HashMap::from([(ids[0].0, code.clone()), (ids[1].0, code)]));
    world.pass(CODE_LIFETIME + A_SECOND).await;
    assert_eq!(lately().await, HashMap::new());
    assert!(confirmations.was_completed(ids[0]).await.unwrap());
}

pub(super) async fn a_sign_up_for_a_members_address_creates_nobody_and_is_deleted(world: &World) {
    let id = world.add_member(&email("hana@example.com")).await;
    let new = new_confirmation(&email("HANA@example.com"));
    world.confirmations.insert(&new).await.unwrap();
    let complete = async || world.confirmations.complete(new.id, MemberId::random()).await.unwrap();
    assert_eq!(complete().await, Completed::AddressTaken);
    assert_eq!(complete().await, Completed::Gone);
    let credentials = world.members.credentials(&new.email).await.unwrap().unwrap();
    assert_eq!(credentials.member_id, id);
}
