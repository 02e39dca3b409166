//! Members in Postgres.

use domain::{
    account::{
        member::{Locale, MemberId, Role, Standing},
        profile::Profile,
    },
    ports::Members,
};
use server::postgres::{NewMember, PgMembers};

use super::{add_member, database::fresh_database, email, hash, some_email};

#[tokio::test]
async fn an_address_is_found_whatever_its_case() {
    let db = fresh_database().await;
    let id = add_member(&db, &email("Ikebana@Example.com")).await;
    let members = PgMembers::new(db.pool.clone());
    let found = members.credentials(&email("iKEBANA@eXAMPLE.COM")).await.unwrap().unwrap();
    assert_eq!(found.member_id, id);
    assert_eq!((found.standing, found.locale), (Standing::Active, Locale::Ja));
    assert_eq!(found.password_hash, hash("first"));
    assert!(members.credentials(&some_email()).await.unwrap().is_none());
}

#[tokio::test]
async fn the_index_allows_one_member_an_address_whatever_its_case() {
    let db = fresh_database().await;
    let first = add_member(&db, &email("hana@example.com")).await;
    let error = sqlx::query(
        "insert into members (id, email, display_name, locale, password_hash)
         select gen_random_uuid(), 'HANA@EXAMPLE.COM', display_name, locale, password_hash
         from members where id = $1",
    )
    .bind(first.0)
    .execute(&db.pool)
    .await
    .unwrap_err();
    let error = error.as_database_error().unwrap();
    assert_eq!(error.constraint(), Some("members_email_key"));
}

#[tokio::test]
async fn a_changed_profile_is_answered_and_read_back() {
    let db = fresh_database().await;
    let members = PgMembers::new(db.pool.clone());
    let address = some_email();
    let id = add_member(&db, &address).await;
    let profile = Profile::parse("Hana Satō", "I keep\nan old garden.", "en").unwrap();

    let answered = members.update_profile(id, &profile).await.unwrap().unwrap();
    assert_eq!(answered.display_name, profile.display_name);
    assert_eq!((&answered.bio, answered.locale), (&profile.bio, Locale::En));
    assert_eq!((&answered.email, answered.role), (&address, Role::Member));
    assert_eq!(members.find(id).await.unwrap(), Some(answered));
}

#[tokio::test]
async fn an_unknown_member_is_none() {
    let db = fresh_database().await;
    let members = PgMembers::new(db.pool.clone());
    let nobody = MemberId::random();
    let profile = Profile::parse("Nobody", "", "en").unwrap();
    assert_eq!(members.find(nobody).await.unwrap(), None);
    assert_eq!(members.update_profile(nobody, &profile).await.unwrap(), None);
}

#[tokio::test]
async fn a_hash_is_replaced_only_while_it_is_the_one() {
    let db = fresh_database().await;
    let members = PgMembers::new(db.pool.clone());
    let address = some_email();
    let id = add_member(&db, &address).await;
    let stored = async || members.credentials(&address).await.unwrap().unwrap().password_hash;

    members.replace_hash(id, &hash("other"), &hash("second")).await.unwrap();
    assert_eq!(stored().await, hash("first"));
    members.replace_hash(id, &hash("first"), &hash("second")).await.unwrap();
    assert_eq!(stored().await, hash("second"));
}

#[tokio::test]
async fn seeding_again_changes_nothing() {
    let db = fresh_database().await;
    let members = PgMembers::new(db.pool.clone());
    let address = email("hana@example.com");
    let id = add_member(&db, &address).await;
    let again = NewMember {
        email: email("Hana@Example.com"),
        display_name: domain::account::member::DisplayName::parse("Somebody else").unwrap(),
        locale: Locale::En,
        password_hash: hash("second"),
    };
    assert_eq!(members.seed(&again).await.unwrap(), None);
    let kept = members.credentials(&address).await.unwrap().unwrap();
    assert_eq!((kept.member_id, kept.password_hash), (id, hash("first")));
}
