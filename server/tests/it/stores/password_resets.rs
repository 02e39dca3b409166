//! Links for members who have forgotten the password, in Postgres.

use std::time::Duration;

use domain::{
    account::{confirmation::SecretHash, member::MemberId},
    ports::{Authority, Members, NewSession, PasswordResets, Sessions},
    session::{Client, EndReason, Persistence, Salt, SessionId},
};
use server::postgres::{
    PgAuthority, PgMembers, PgPasswordResets, PgSessions, clear_expired_password_resets,
};

use super::{
    add_member,
    database::{TestDatabase, fresh_database},
    email, hash, new_confirmation, some_email,
};

struct World {
    db: TestDatabase,
    resets: PgPasswordResets,
    authority: PgAuthority,
    member: MemberId,
}

async fn world() -> World {
    let db = fresh_database().await;
    let member = add_member(&db, &some_email()).await;
    World {
        resets: PgPasswordResets::new(db.pool.clone()),
        authority: PgAuthority::new(db.pool.clone()),
        db,
        member,
    }
}

impl World {
    async fn put(&self, token: u8) {
        assert!(self.resets.put(self.member, &token_hash(token)).await.unwrap());
    }

    async fn found(&self, token: u8) -> Option<MemberId> {
        self.resets.find(&[token_hash(token)]).await.unwrap()
    }

    async fn reset(&self, token: u8, password: &str) -> Option<Vec<SessionId>> {
        let tokens = [token_hash(token)];
        let ended = self.authority.reset_password(self.member, &tokens, &hash(password)).await;
        ended.unwrap().map(|ended| ended.named)
    }

    async fn session(&self, password: &str) -> Option<SessionId> {
        let new = NewSession {
            id: SessionId::random(),
            member_id: self.member,
            verified_hash: hash(password),
            salt: Salt::random(),
            persistence: Persistence::Browser,
            idle_timeout: Duration::from_secs(1800),
            absolute_timeout: Duration::from_secs(12 * 3600),
            client: Client::default(),
        };
        let sessions = PgSessions::new(self.db.pool.clone());
        sessions.start(&new, 50).await.unwrap().map(|started| started.row.id)
    }

    async fn sql(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.db.pool).await.unwrap();
    }
}

fn token_hash(token: u8) -> SecretHash {
    SecretHash(vec![token; 32])
}

#[tokio::test]
async fn only_the_newest_link_is_found_whichever_key_it_was_kept_by() {
    let world = world().await;
    world.put(1).await;
    assert_eq!(world.found(1).await, Some(world.member));
    world.put(2).await;
    assert_eq!((world.found(1).await, world.found(2).await), (None, Some(world.member)));
    let by_other_keys = [token_hash(7), token_hash(2)];
    assert_eq!(world.resets.find(&by_other_keys).await.unwrap(), Some(world.member));
    assert_eq!(world.resets.find(&[]).await.unwrap(), None);
}

#[tokio::test]
async fn an_expired_link_is_not_found_and_changes_nothing_until_it_is_cleared_away() {
    let world = world().await;
    world.put(1).await;
    world.sql("update password_resets set created_at = created_at - interval '1 hour'").await;
    assert_eq!(clear_expired_password_resets(&world.db.pool).await.unwrap(), 0);
    world.sql("update password_resets set expires_at = now() - interval '1 second'").await;
    assert_eq!((world.found(1).await, world.reset(1, "second").await), (None, None));
    assert_eq!(clear_expired_password_resets(&world.db.pool).await.unwrap(), 1);
}

#[tokio::test]
async fn a_used_link_changes_the_password_ends_the_sessions_and_is_gone() {
    let world = world().await;
    let session = world.session("first").await.unwrap();
    world.put(1).await;
    assert_eq!(world.reset(2, "second").await, None, "another link");
    assert_eq!(world.reset(1, "second").await, Some(vec![session]));
    assert_eq!((world.found(1).await, world.reset(1, "third").await), (None, None));
    let row = PgSessions::new(world.db.pool.clone()).find(session).await.unwrap().unwrap();
    assert_eq!(row.ended(), Some(EndReason::PasswordChanged));
    assert!(world.session("first").await.is_none());
    assert!(world.session("second").await.is_some());
    let version: i64 = sqlx::query_scalar("select authority_version from members")
        .fetch_one(&world.db.pool)
        .await
        .unwrap();
    assert_eq!(version, 2);
}

#[tokio::test]
async fn of_twenty_that_bring_one_link_at_once_one_changes_the_password() {
    let world = world().await;
    world.put(1).await;
    let all: Vec<_> = (0..20)
        .map(|number| {
            let (authority, member) = (world.authority.clone(), world.member);
            let new = hash(&format!("number{number}"));
            tokio::spawn(async move {
                authority.reset_password(member, &[token_hash(1)], &new).await.unwrap()
            })
        })
        .collect();
    let mut changed = 0;
    for reset in all {
        changed += usize::from(reset.await.unwrap().is_some());
    }
    assert_eq!(changed, 1);
}

#[tokio::test]
async fn of_a_link_and_a_newer_one_at_once_only_the_newer_one_works_afterwards() {
    let world = world().await;
    for round in 0..20 {
        world.put(round).await;
        let (resets, member) = (world.resets.clone(), world.member);
        let asked =
            tokio::spawn(
                async move { resets.put(member, &token_hash(100 + round)).await.unwrap() },
            );
        world.reset(round, "second").await;
        assert!(asked.await.unwrap());
        assert_eq!(world.found(round).await, None);
    }
}

#[tokio::test]
async fn a_change_of_password_takes_the_link_along_and_a_stale_one_does_not() {
    let world = world().await;
    world.put(1).await;
    let change = |old, new| {
        let (authority, member) = (world.authority.clone(), world.member);
        async move { authority.change_password(member, &hash(old), &hash(new)).await.unwrap() }
    };
    assert_eq!(change("other", "second").await, None);
    assert_eq!(world.found(1).await, Some(world.member));
    assert!(change("first", "second").await.is_some());
    assert_eq!(world.found(1).await, None);
}

#[tokio::test]
async fn sign_ups_that_wait_for_the_address_in_whatever_case_go_along() {
    use domain::ports::Confirmations;
    use server::postgres::PgConfirmations;

    let world = world().await;
    let confirmations = PgConfirmations::new(world.db.pool.clone());
    let member = PgMembers::new(world.db.pool.clone()).find(world.member).await.unwrap().unwrap();
    let shouted = email(&member.email.as_str().to_uppercase());
    let (own, other) = (new_confirmation(&shouted), new_confirmation(&some_email()));
    for new in [&own, &other] {
        confirmations.insert(new).await.unwrap();
    }
    world.put(1).await;
    assert!(world.reset(1, "second").await.is_some());
    assert!(confirmations.find(own.id).await.unwrap().is_none());
    assert!(confirmations.find(other.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_deleted_member_has_no_link_and_gets_none() {
    let world = world().await;
    world.put(1).await;
    assert!(world.authority.delete(world.member, &hash("first")).await.unwrap().is_some());
    assert_eq!((world.found(1).await, world.reset(1, "second").await), (None, None));
    assert!(!world.resets.put(world.member, &token_hash(2)).await.unwrap());
}

#[tokio::test]
async fn a_deletion_beside_resets_and_new_links_is_no_failure() {
    for _ in 0..10 {
        let world = world().await;
        world.put(1).await;
        let (authority, member) = (world.authority.clone(), world.member);
        let (resets, others) = (world.resets.clone(), world.authority.clone());
        let (deleted, asked, reset) = tokio::join!(
            tokio::spawn(async move { authority.delete(member, &hash("first")).await }),
            tokio::spawn(async move { resets.put(member, &token_hash(2)).await }),
            tokio::spawn(async move {
                others.reset_password(member, &[token_hash(1)], &hash("second")).await
            }),
        );
        assert!(deleted.unwrap().is_ok() && asked.unwrap().is_ok() && reset.unwrap().is_ok());
    }
}
