//! Members in Postgres: the index, and seeding. The rules are in `rows`.

use domain::account::{
    member::{DisplayName, Language},
    ports::Members,
};
use server::postgres::{NewMember, PgMembers};

use super::{add_member, database::fresh_database, email, hash};

#[tokio::test]
async fn an_index_allows_one_member_per_address_whatever_its_case() {
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
async fn seeding_again_changes_nothing() {
    let db = fresh_database().await;
    let members = PgMembers::new(db.database.clone());
    let address = email("hana@example.com");
    let id = add_member(&db, &address).await;
    let again = NewMember {
        email: email("Hana@Example.com"),
        display_name: DisplayName::parse("Somebody else").unwrap(),
        locale: Language::En,
        password_hash: hash("second"),
    };
    assert_eq!(members.seed(&again).await.unwrap(), None);
    let kept = members.credentials(&address).await.unwrap().unwrap();
    assert_eq!((kept.member_id, kept.password_hash), (id, hash("first")));
}
