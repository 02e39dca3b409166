//! The adapters against real stores: the Postgres and Redis of `DATABASE_URL` and `REDIS_URL`, further servers started by
//! the tests, and a mail server on loopback.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod authority;
mod certificates;
mod clearing;
mod cloud;
mod confirmations;
mod connections;
pub(crate) mod database;
mod limits;
mod live_sessions;
mod mailbox;
mod members;
pub(crate) mod memcached_server;
pub(crate) mod outages;
mod password_resets;
pub(crate) mod postgres_server;
mod previous_release;
pub(crate) mod redis_server;
mod rows;
mod schema;
mod sessions;
pub(crate) mod smtp;
pub(crate) mod tap;
mod visitor_records;
mod vitals;

use std::time::Duration;

use domain::{
    account::{
        confirmation::{ConfirmationId, NewConfirmation, SecretHash},
        email::Email,
        member::{DisplayName, Language, MemberId},
        ports::Members,
    },
    credentials::password::PasswordHash,
    session::Lifetimes,
};
use server::postgres::{NewMember, PgMembers};
use uuid::Uuid;

use self::database::TestDatabase;

/// The Redis of `REDIS_URL`. Tests use random ids in it, so they never interfere. A test that needs one is in `stores`, in
/// a module that is about it, or has `redis` in its name: without `REDIS_URL`, `cargo xtask test` leaves those out.
pub(crate) fn redis_url() -> String {
    given_redis_url().expect("REDIS_URL is set; `cargo xtask test` does so")
}

/// `REDIS_URL`. Without it, the site's tests run on the smallest deployment.
pub(crate) fn given_redis_url() -> Option<String> {
    std::env::var("REDIS_URL").ok()
}

fn lifetimes() -> Lifetimes {
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    Lifetimes {
        access: Duration::from_secs(300),
        grace: Duration::from_secs(10),
        idle: Duration::from_secs(1800),
        absolute: hours(12),
        remembered_idle: hours(30 * 24),
        remembered_absolute: hours(90 * 24),
    }
}

fn some_email() -> Email {
    email(&format!("hana-{}@example.com", Uuid::new_v4().simple()))
}

fn email(raw: &str) -> Email {
    Email::parse(raw).unwrap()
}

/// A well-formed hash; no test here verifies a password against it.
fn hash(salt: &str) -> PasswordHash {
    PasswordHash::from_stored(format!("$argon2id$v=19$m=16,t=1,p=1${salt}$aGFzaA"))
}

async fn add_member(db: &TestDatabase, email: &Email) -> MemberId {
    let members = PgMembers::new(db.database.clone());
    let new = NewMember {
        email: email.clone(),
        display_name: DisplayName::parse("花").unwrap(),
        locale: Language::Ja,
        password_hash: hash("first"),
    };
    assert!(members.seed(&new).await.unwrap().is_some());
    members.credentials(email).await.unwrap().unwrap().member_id
}

fn new_confirmation(email: &Email) -> NewConfirmation {
    NewConfirmation {
        id: ConfirmationId::random(),
        email: email.clone(),
        display_name: DisplayName::parse("花").unwrap(),
        password_hash: hash("first"),
        locale: Language::Ja,
        code: SecretHash(vec![1; 32]),
    }
}
