//! Password resets in Postgres: races and clearing. The rules are in `rows`.

use domain::{
    account::{confirmation::SecretHash, member::MemberId, ports::Authority},
    credentials::ports::PasswordResets,
};
use server::postgres::{PgAuthority, PgPasswordResets, clear_expired_password_resets};

use super::{
    add_member,
    database::{TestDatabase, fresh_database},
    hash, some_email,
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
        resets: PgPasswordResets::new(db.database.clone()),
        authority: PgAuthority::new(db.database.clone()),
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

    async fn reset(&self, token: u8) {
        let tokens = [token_hash(token)];
        self.authority.reset_password(self.member, &tokens, &hash("second")).await.unwrap();
    }

    async fn sql(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.db.pool).await.unwrap();
    }
}

fn token_hash(token: u8) -> SecretHash {
    SecretHash(vec![token; 32])
}

#[tokio::test]
async fn only_expired_reset_links_are_cleared() {
    let world = world().await;
    world.put(1).await;
    assert_eq!(clear_expired_password_resets(&world.db.database).await.unwrap().rows, 0);
    world
        .sql(
            "update password_resets
             set created_at = created_at - interval '1 hour', expires_at = now() - interval '1 second'",
        )
        .await;
    assert_eq!(clear_expired_password_resets(&world.db.database).await.unwrap().rows, 1);
}

#[tokio::test]
async fn of_twenty_concurrent_uses_of_a_reset_link_one_changes_the_password() {
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
async fn of_two_concurrent_reset_links_only_the_newer_one_works() {
    let world = world().await;
    for round in 0..20 {
        world.put(round).await;
        let (resets, member) = (world.resets.clone(), world.member);
        let asked =
            tokio::spawn(
                async move { resets.put(member, &token_hash(100 + round)).await.unwrap() },
            );
        world.reset(round).await;
        assert!(asked.await.unwrap());
        assert_eq!(world.found(round).await, None);
    }
}

#[tokio::test]
async fn a_deletion_concurrent_with_resets_and_new_links_succeeds() {
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
