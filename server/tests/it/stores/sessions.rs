//! Session rows in Postgres.

mod advancing;
mod ending;
mod room;

use std::{net::IpAddr, time::Duration};

use domain::{
    account::member::{MemberId, Role},
    ports::{Advance, Advanced, ListQuery, NewSession, Sessions},
    session::{
        Client, EndReason, ListedSession, Persistence, Salt, SessionId, SessionRow, rotation::Move,
    },
};
use server::postgres::PgSessions;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::{
    add_member,
    database::{TestDatabase, fresh_database},
    hash, some_email,
};

/// More sessions than a member of these tests has.
const MANY: u32 = 1000;

fn new_session(member_id: MemberId) -> NewSession {
    NewSession {
        id: SessionId::random(),
        member_id,
        verified_hash: hash("first"),
        salt: Salt::random(),
        persistence: Persistence::Browser,
        idle_timeout: Duration::from_secs(1800),
        absolute_timeout: Duration::from_secs(12 * 3600),
        client: same_browser(),
    }
}

/// A member with one session.
async fn started(db: &TestDatabase) -> (PgSessions, SessionRow) {
    let sessions = PgSessions::new(db.pool.clone());
    let member = add_member(db, &some_email()).await;
    let row = sessions.start(&new_session(member), MANY).await.unwrap().unwrap().row;
    (sessions, row)
}

async fn run(pool: &PgPool, statement: &'static str, id: SessionId) {
    let done = sqlx::query(statement).bind(id.0).execute(pool).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
}

async fn find(sessions: &PgSessions, id: SessionId) -> SessionRow {
    sessions.find(id).await.unwrap().unwrap().open().unwrap()
}

/// The member's first open session.
async fn listed(sessions: &PgSessions, member_id: MemberId) -> ListedSession {
    let (first, idle_slack) = (SessionId::random(), Duration::ZERO);
    let query = ListQuery { first, before: None, idle_slack, limit: 10 };
    sessions.list_of(member_id, query).await.unwrap().remove(0)
}

async fn ended(sessions: &PgSessions, id: SessionId) -> Option<EndReason> {
    sessions.find(id).await.unwrap().unwrap().ended()
}

/// Its last rotation and its last refresh were an hour ago.
async fn make_old(pool: &PgPool, id: SessionId) {
    run(
        pool,
        "update sessions
         set rotated_at = now() - interval '1 hour', last_seen_at = now() - interval '1 hour'
         where id = $1",
        id,
    )
    .await;
}

/// Gives every member another role.
async fn make_admins(pool: &PgPool) {
    sqlx::query("update members set role = 'admin', authority_version = authority_version + 1")
        .execute(pool)
        .await
        .unwrap();
}

/// The browser of [`new_session`].
fn same_browser() -> Client {
    Client { user_agent: "a browser".into(), ip: Some([192, 0, 2, 7].into()) }
}

/// A refresh that read `row`, and is answered with the generation `answered`.
async fn advance(sessions: &PgSessions, row: &SessionRow, by: Move, answered: u32) -> Advanced {
    let client = &same_browser();
    sessions.advance(Advance { row, by, answered, client }).await.unwrap()
}

#[tokio::test]
async fn a_started_session_is_read_back() {
    let db = fresh_database().await;
    let sessions = PgSessions::new(db.pool.clone());
    let member = add_member(&db, &some_email()).await;
    for persistence in [Persistence::Browser, Persistence::Remembered] {
        let new = NewSession { persistence, ..new_session(member) };
        let row = sessions.start(&new, MANY).await.unwrap().unwrap().row;
        assert_eq!((row.id, row.member_id, row.persistence), (new.id, member, persistence));
        assert_eq!((row.role, row.authority_version), (Role::Member, 1));
        assert_eq!((&row.salt, row.idle_timeout), (&new.salt, new.idle_timeout));
        assert_eq!((row.generation, row.late_replay), (1, None));
        assert_eq!((row.rotated_ago, row.seen_ago), (Duration::ZERO, Duration::ZERO));
        assert_eq!(row.absolute_end - row.created_at, new.absolute_timeout);
        assert_eq!(row.remaining, new.absolute_timeout);

        let read = find(&sessions, new.id).await;
        assert_eq!((read.salt, read.created_at), (row.salt, row.created_at));
        assert_eq!((read.absolute_end, read.persistence), (row.absolute_end, persistence));
        assert!(read.remaining < new.absolute_timeout && read.seen_ago < Duration::from_secs(60));
    }
    assert!(sessions.find(SessionId::random()).await.unwrap().is_none());
}

#[tokio::test]
async fn the_browser_is_kept_for_the_member_to_recognise() {
    let db = fresh_database().await;
    let sessions = PgSessions::new(db.pool.clone());
    let member = add_member(&db, &some_email()).await;
    let v6: IpAddr = "2001:db8::1".parse().unwrap();
    for (ip, expected) in [(Some(v6), Some("2001:db8::1")), (None, None)] {
        let client = Client { user_agent: "花".repeat(600), ip };
        let new = NewSession { client, ..new_session(member) };
        sessions.start(&new, MANY).await.unwrap().unwrap();
        let (agent, address): (String, Option<String>) =
            sqlx::query_as("select user_agent, host(ip) from sessions where id = $1")
                .bind(new.id.0)
                .fetch_one(&db.pool)
                .await
                .unwrap();
        assert_eq!((agent, address.as_deref()), ("花".repeat(512), expected));
    }
}

#[tokio::test]
async fn no_session_starts_if_the_member_is_not_as_verified() {
    let db = fresh_database().await;
    let sessions = PgSessions::new(db.pool.clone());
    let member = add_member(&db, &some_email()).await;
    let other_password = NewSession { verified_hash: hash("second"), ..new_session(member) };
    assert!(sessions.start(&other_password, MANY).await.unwrap().is_none());
    let nobody = new_session(MemberId::random());
    assert!(sessions.start(&nobody, MANY).await.unwrap().is_none());

    sqlx::query("update members set standing = 'suspended'").execute(&db.pool).await.unwrap();
    assert!(sessions.start(&new_session(member), MANY).await.unwrap().is_none());
}

#[tokio::test]
async fn a_start_waits_for_a_change_of_password_and_then_sees_it() {
    let db = fresh_database().await;
    let sessions = PgSessions::new(db.pool.clone());
    let member = add_member(&db, &some_email()).await;
    let mut change = db.pool.begin().await.unwrap();
    sqlx::query("update members set password_hash = '$argon2id$second'")
        .execute(&mut *change)
        .await
        .unwrap();

    let new = new_session(member);
    let starting = tokio::spawn(async move { sessions.start(&new, MANY).await });
    let waits = "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&db.pool).await.unwrap() == 0 {
        assert!(!starting.is_finished(), "the start did not wait");
    }
    change.commit().await.unwrap();
    assert!(starting.await.unwrap().unwrap().is_none());
}

#[tokio::test]
async fn a_change_of_role_is_seen_by_the_next_read() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    make_admins(&db.pool).await;
    let read = find(&sessions, row.id).await;
    assert_eq!((read.role, read.authority_version), (Role::Admin, 2));
}

#[tokio::test]
async fn ages_are_the_databases_and_never_negative() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    run(
        &db.pool,
        "update sessions
         set rotated_at = now() - interval '90 seconds', last_seen_at = now() + interval '1 hour'
         where id = $1",
        row.id,
    )
    .await;
    let read = find(&sessions, row.id).await;
    assert!((90..120).contains(&read.rotated_ago.as_secs()), "{:?}", read.rotated_ago);
    assert_eq!(read.seen_ago, Duration::ZERO);

    run(
        &db.pool,
        "update sessions
         set created_at = now() - interval '2 days', absolute_end = now() - interval '1 day'
         where id = $1",
        row.id,
    )
    .await;
    let read = find(&sessions, row.id).await;
    assert_eq!(read.remaining, Duration::ZERO);
    assert!(read.absolute_end < OffsetDateTime::now_utc());
}
