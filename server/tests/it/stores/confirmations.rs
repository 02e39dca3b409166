//! Sign-ups that wait for their code, in Postgres.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    account::{
        confirmation::{CODE_TRIES, ConfirmationId, MAILS_MAX, SecretHash},
        email::Email,
        member::{Locale, MemberId, Role},
    },
    ports::{Completed, Confirmations, Members},
};
use server::postgres::{PgConfirmations, PgMembers, clear_old_sign_ups};
use sqlx::PgPool;

use super::{add_member, database::fresh_database, email, hash, new_confirmation, some_email};

async fn let_expire(pool: &PgPool, id: ConfirmationId) {
    sqlx::query(
        "update confirmations
         set created_at = now() - interval '11 minutes', expires_at = now() - interval '1 second'
         where id = $1",
    )
    .bind(id.0)
    .execute(pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_kept_sign_up_is_found_until_its_code_expires() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.pool.clone());
    let new = new_confirmation(&some_email());
    confirmations.insert(&new).await.unwrap();

    let found = confirmations.find(new.id).await.unwrap().unwrap();
    assert_eq!((found.id, &found.email, found.locale), (new.id, &new.email, Locale::Ja));
    assert_eq!((found.code, found.password_hash), (new.code, new.password_hash));
    assert_eq!((found.tries_left, found.mail), (CODE_TRIES, 1));

    let_expire(&db.pool, new.id).await;
    assert!(confirmations.find(new.id).await.unwrap().is_none());
    assert!(confirmations.spend_try(new.id).await.unwrap().is_none());
    let completed = confirmations.complete(new.id, MemberId::random()).await.unwrap();
    assert_eq!(completed, Completed::Gone);
    assert!(confirmations.find(ConfirmationId::random()).await.unwrap().is_none());
}

#[tokio::test]
async fn fifty_guesses_at_once_get_five_tries() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.pool.clone());
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
    // What is spent is told from what is expired: it is still there.
    assert_eq!(confirmations.find(new.id).await.unwrap().unwrap().tries_left, 0);
}

#[tokio::test]
async fn a_new_code_has_new_tries_and_there_are_five_mails() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.pool.clone());
    let new = new_confirmation(&some_email());
    confirmations.insert(&new).await.unwrap();
    for mail in 2..=MAILS_MAX {
        while confirmations.spend_try(new.id).await.unwrap().is_some() {}
        let_expire(&db.pool, new.id).await;
        let code = SecretHash(vec![u8::try_from(mail).unwrap(); 32]);
        let renewed = confirmations.renew(new.id, &code).await.unwrap().unwrap();
        assert_eq!((&renewed.code, renewed.tries_left), (&code, CODE_TRIES), "mail {mail}");
        assert_eq!(renewed.mail, mail);
        assert_eq!(confirmations.find(new.id).await.unwrap().unwrap().code, code);
    }
    assert!(confirmations.renew(new.id, &SecretHash(vec![9; 32])).await.unwrap().is_none());
}

#[tokio::test]
async fn twenty_renewals_at_once_send_four_more_mails() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.pool.clone());
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
async fn a_completed_sign_up_makes_the_member_and_is_gone() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.pool.clone());
    let new = new_confirmation(&some_email());
    confirmations.insert(&new).await.unwrap();
    let id = MemberId::random();

    let completed = confirmations.complete(new.id, id).await.unwrap();
    let Completed::Member(member) = completed else { panic!("{completed:?}") };
    assert_eq!((member.id, &member.email, member.locale), (id, &new.email, Locale::Ja));
    assert_eq!((&member.display_name, member.role), (&new.display_name, Role::Member));

    let members = PgMembers::new(db.pool.clone());
    assert_eq!(members.find(id).await.unwrap(), Some(member));
    let credentials = members.credentials(&new.email).await.unwrap().unwrap();
    assert_eq!(credentials.password_hash, hash("first"));
    assert_eq!(confirmations.complete(new.id, MemberId::random()).await.unwrap(), Completed::Gone);
}

#[tokio::test]
async fn proving_an_address_takes_its_other_sign_ups_along_and_leaves_word_of_them_all() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.pool.clone());
    let mut ids = Vec::new();
    for address in ["hana@example.com", "Hana@example.com", "ken@example.com"] {
        let new = new_confirmation(&email(address));
        confirmations.insert(&new).await.unwrap();
        ids.push(new.id);
    }
    let completed = confirmations.complete(ids[0], MemberId::random()).await.unwrap();
    assert!(matches!(completed, Completed::Member(_)), "{completed:?}");
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
    sqlx::query("update completed_sign_ups set completed_at = now() - interval '11 minutes'")
        .execute(&db.pool)
        .await
        .unwrap();
    assert_eq!(lately().await, HashMap::new());
    assert!(confirmations.was_completed(ids[0]).await.unwrap());
}

#[tokio::test]
async fn a_sign_up_for_a_members_address_makes_nobody_and_is_gone() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.pool.clone());
    let id = add_member(&db, &email("hana@example.com")).await;
    let new = new_confirmation(&email("HANA@example.com"));
    confirmations.insert(&new).await.unwrap();

    let complete = async || confirmations.complete(new.id, MemberId::random()).await.unwrap();
    assert_eq!(complete().await, Completed::AddressTaken);
    assert_eq!(complete().await, Completed::Gone);
    let members = PgMembers::new(db.pool.clone());
    let credentials = members.credentials(&new.email).await.unwrap().unwrap();
    assert_eq!(credentials.member_id, id);
}

#[tokio::test]
async fn fifty_browsers_that_confirm_one_address_at_once_make_one_member() {
    let db = fresh_database().await;
    let confirmations = Arc::new(PgConfirmations::new(db.pool.clone()));
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
            Completed::Member(_) => members += 1,
            Completed::Gone => gone += 1,
            Completed::AddressTaken => panic!("the first takes the others along"),
        }
    }
    assert_eq!((members, gone), (1, 49));
}

#[tokio::test]
async fn one_sign_up_confirmed_twenty_times_at_once_makes_one_member() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.pool.clone());
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
            Completed::Member(_) => members += 1,
            Completed::Gone => {}
            Completed::AddressTaken => panic!("nobody else has the address"),
        }
    }
    assert_eq!(members, 1);
}

#[tokio::test]
async fn old_sign_ups_and_what_is_left_of_completed_ones_are_cleared_and_no_others() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.pool.clone());
    let run = async |statement: &'static str| {
        sqlx::query(statement).execute(&db.pool).await.unwrap();
    };
    for _ in 0..2 {
        let new = new_confirmation(&some_email());
        confirmations.insert(&new).await.unwrap();
        confirmations.complete(new.id, MemberId::random()).await.unwrap();
        confirmations.insert(&new_confirmation(&some_email())).await.unwrap();
    }
    assert_eq!(clear_old_sign_ups(&db.pool).await.unwrap(), 0);
    run("update confirmations
         set created_at = now() - interval '25 hours', expires_at = now() - interval '24 hours'
         where id = (select id from confirmations limit 1)")
    .await;
    run("update completed_sign_ups
         set completed_at = now() - interval '8 days'
         where id = (select id from completed_sign_ups limit 1)")
    .await;
    assert_eq!(clear_old_sign_ups(&db.pool).await.unwrap(), 2);
    let kept: i64 = sqlx::query_scalar(
        "select (select count(*) from confirmations) + (select count(*) from completed_sign_ups)",
    )
    .fetch_one(&db.pool)
    .await
    .unwrap();
    assert_eq!(kept, 2);
}

#[tokio::test]
async fn rows_that_older_rules_took_are_read_as_they_are() {
    let db = fresh_database().await;
    let confirmations = PgConfirmations::new(db.pool.clone());
    let new = new_confirmation(&some_email());
    confirmations.insert(&new).await.unwrap();
    sqlx::query("update confirmations set email = 'Root@localhost', display_name = U&'\\200B'")
        .execute(&db.pool)
        .await
        .unwrap();
    assert_eq!(confirmations.find(new.id).await.unwrap().unwrap().email.as_str(), "Root@localhost");
    let id = MemberId::random();
    confirmations.complete(new.id, id).await.unwrap();
    let members = PgMembers::new(db.pool.clone());
    let member = members.find(id).await.unwrap().unwrap();
    assert_eq!(
        (member.email.as_str(), member.display_name.as_str()),
        ("Root@localhost", "\u{200b}")
    );
    let typed = Email::parse_typed("root@localhost").unwrap();
    assert_eq!(members.credentials(&typed).await.unwrap().unwrap().member_id, id);
}
