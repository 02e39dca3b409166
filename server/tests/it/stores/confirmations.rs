//! Pending sign-ups in Postgres: races, clearing, and rows from older rules. The rules are in `rows`.

use std::{collections::HashSet, sync::Arc};

use domain::account::{
    confirmation::{MAILS_MAX, SecretHash},
    email::Email,
    member::MemberId,
    ports::{Completed, Confirmations, Members},
};
use server::postgres::{PgConfirmations, PgMembers, clear_old_sign_ups, migrate};

use super::{
    database::{empty_database_with, fresh_database},
    email, new_confirmation, some_email,
};

#[tokio::test]
async fn fifty_concurrent_guesses_get_five_tries() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.database.clone());
    let new = new_confirmation(&some_email());
    confirmations.insert(&new).await.unwrap();

    let guesses: Vec<_> = (0..50)
        .map(|_| {
            let confirmations = confirmations.clone();
            let id = new.id;
            tokio::spawn(async move { confirmations.spend_try(id).await.unwrap() })
        })
        .collect();
    let mut left = HashSet::new();
    for guess in guesses {
        left.extend(guess.await.unwrap().map(|confirmation| confirmation.tries_left));
    }
    assert_eq!(left, HashSet::from([4, 3, 2, 1, 0]));
}

#[tokio::test]
async fn twenty_concurrent_renewals_send_four_more_mails() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.database.clone());
    let new = new_confirmation(&some_email());
    confirmations.insert(&new).await.unwrap();
    let renewals: Vec<_> = (0..20)
        .map(|_| {
            let confirmations = confirmations.clone();
            let id = new.id;
            tokio::spawn(async move {
                confirmations.renew(id, &SecretHash(vec![2; 32])).await.unwrap().is_some()
            })
        })
        .collect();
    let mut sent = 0;
    for renewal in renewals {
        sent += u16::from(renewal.await.unwrap());
    }
    assert_eq!(sent, MAILS_MAX - 1);
}

#[tokio::test]
async fn fifty_concurrent_sign_ups_with_one_address_create_one_member() {
    let db = fresh_database().await;
    let confirmations = Arc::new(PgConfirmations::new(db.database.clone()));
    let mut ids = Vec::new();
    for number in 0..50 {
        let address = if number % 2 == 0 { "hana@example.com" } else { "Hana@Example.com" };
        let new = new_confirmation(&email(address));
        confirmations.insert(&new).await.unwrap();
        ids.push(new.id);
    }
    let all: Vec<_> = ids
        .into_iter()
        .map(|id| {
            let confirmations = Arc::clone(&confirmations);
            tokio::spawn(
                async move { confirmations.complete(id, MemberId::random()).await.unwrap() },
            )
        })
        .collect();
    let (mut members, mut gone) = (0, 0);
    for completed in all {
        match completed.await.unwrap() {
            Completed::Member { .. } => members += 1,
            Completed::Gone => gone += 1,
            Completed::AddressTaken => panic!("the first takes the others along"),
        }
    }
    assert_eq!((members, gone), (1, 49));
}

#[tokio::test]
async fn twenty_concurrent_confirmations_of_a_sign_up_create_one_member() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.database.clone());
    let new = new_confirmation(&some_email());
    confirmations.insert(&new).await.unwrap();
    let all: Vec<_> = (0..20)
        .map(|_| {
            let confirmations = confirmations.clone();
            let id = new.id;
            tokio::spawn(
                async move { confirmations.complete(id, MemberId::random()).await.unwrap() },
            )
        })
        .collect();
    let mut members = 0;
    for completed in all {
        match completed.await.unwrap() {
            Completed::Member { .. } => members += 1,
            Completed::Gone => {}
            Completed::AddressTaken => panic!("nobody else has the address"),
        }
    }
    assert_eq!(members, 1);
}

#[tokio::test]
async fn only_old_sign_ups_and_proofs_of_completed_ones_are_cleared() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.database.clone());
    let run = async |statement: &'static str| {
        sqlx::query(statement).execute(&db.pool).await.unwrap();
    };
    for _ in 0..2 {
        let new = new_confirmation(&some_email());
        confirmations.insert(&new).await.unwrap();
        confirmations.complete(new.id, MemberId::random()).await.unwrap();
        confirmations.insert(&new_confirmation(&some_email())).await.unwrap();
    }
    assert_eq!(clear_old_sign_ups(&db.database).await.unwrap().rows, 0);
    run("update confirmations
         set created_at = now() - interval '25 hours', expires_at = now() - interval '24 hours'
         where id = (select id from confirmations limit 1)")
    .await;
    run("update completed_sign_ups
         set completed_at = now() - interval '8 days'
         where id = (select id from completed_sign_ups limit 1)")
    .await;
    assert_eq!(clear_old_sign_ups(&db.database).await.unwrap().rows, 2);
    let kept: i64 = sqlx::query_scalar(
        "select (select count(*) from confirmations) + (select count(*) from completed_sign_ups)",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap();
    assert_eq!(kept, 2);
}

#[tokio::test]
async fn rows_from_older_rules_are_read_unchanged() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.database.clone());
    let new = new_confirmation(&some_email());
    confirmations.insert(&new).await.unwrap();
    sqlx::query("update confirmations set email = 'Root@localhost', display_name = U&'\\200B'")
        .execute(&db.pool)
        .await
        .unwrap();
    assert_eq!(confirmations.find(new.id).await.unwrap().unwrap().email.as_str(), "Root@localhost");
    let id = MemberId::random();
    confirmations.complete(new.id, id).await.unwrap();
    let members = PgMembers::new(db.database.clone());
    let member = members.find(id).await.unwrap().unwrap();
    assert_eq!(
        (member.email.as_str(), member.profile.display_name.as_str()),
        ("Root@localhost", "\u{200b}")
    );
    let typed = Email::parse_typed("root@localhost").unwrap();
    assert_eq!(members.credentials(&typed).await.unwrap().unwrap().member_id, id);
}

#[tokio::test]
async fn capital_letters_of_an_address_do_not_matter_under_a_turkish_locale() {
    let turkish = "template template0 locale_provider icu icu_locale 'tr'";
    let db = empty_database_with(turkish).await;
    migrate(&db.url).await.unwrap();
    let capital = "select lower('I') <> 'i'";
    assert!(sqlx::query_scalar::<_, bool>(capital).fetch_one(&db.pool).await.unwrap());

    let confirmations = PgConfirmations::new(db.database.clone());
    let new = new_confirmation(&email("iris@example.com"));
    confirmations.insert(&new).await.unwrap();
    let id = MemberId::random();
    confirmations.complete(new.id, id).await.unwrap();
    let typed = email("IRIS@EXAMPLE.COM");
    let members = PgMembers::new(db.database.clone());
    assert_eq!(members.credentials(&typed).await.unwrap().unwrap().member_id, id);
    assert_eq!(confirmations.completed_lately(&typed).await.unwrap().len(), 1);
}
