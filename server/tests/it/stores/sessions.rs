//! Session rows in Postgres.

use std::{net::IpAddr, time::Duration};

use domain::{
    member::{MemberId, Role},
    ports::{Advance, NewSession, Sessions},
    session::{Client, EndReason, Persistence, Salt, SessionId, SessionRow},
};
use server::postgres::PgSessions;
use sqlx::PgPool;
use time::OffsetDateTime;

use super::{
    add_member,
    database::{TestDatabase, fresh_database},
    hash, some_email,
};

fn new_session(member_id: MemberId) -> NewSession {
    NewSession {
        id: SessionId::random(),
        member_id,
        verified_hash: hash("first"),
        salt: Salt::random(),
        persistence: Persistence::Browser,
        idle_timeout: Duration::from_secs(1800),
        absolute_timeout: Duration::from_secs(12 * 3600),
        client: Client { user_agent: "a browser".into(), ip: Some([192, 0, 2, 7].into()) },
    }
}

/// A member with one session.
async fn started(db: &TestDatabase) -> (PgSessions, SessionRow) {
    let sessions = PgSessions::new(db.pool.clone());
    let member = add_member(db, &some_email()).await;
    let row = sessions.start(&new_session(member)).await.unwrap().unwrap();
    (sessions, row)
}

async fn run(pool: &PgPool, statement: &'static str, id: SessionId) {
    let done = sqlx::query(statement).bind(id.0).execute(pool).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
}

async fn find(sessions: &PgSessions, id: SessionId) -> SessionRow {
    sessions.find(id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_started_session_is_read_back() {
    let db = fresh_database().await;
    let sessions = PgSessions::new(db.pool.clone());
    let member = add_member(&db, &some_email()).await;
    for persistence in [Persistence::Browser, Persistence::Remembered] {
        let new = NewSession { persistence, ..new_session(member) };
        let row = sessions.start(&new).await.unwrap().unwrap();
        assert_eq!((row.id, row.member_id, row.persistence), (new.id, member, persistence));
        assert_eq!((row.role, row.authority_version), (Role::Member, 1));
        assert_eq!((&row.salt, row.idle_timeout), (&new.salt, new.idle_timeout));
        assert_eq!((row.generation, row.late_replay, row.ended), (1, None, None));
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
        sessions.start(&new).await.unwrap().unwrap();
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
    assert!(sessions.start(&other_password).await.unwrap().is_none());
    let nobody = new_session(MemberId::random());
    assert!(sessions.start(&nobody).await.unwrap().is_none());

    sqlx::query("update members set standing = 'suspended'").execute(&db.pool).await.unwrap();
    assert!(sessions.start(&new_session(member)).await.unwrap().is_none());
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
    let starting = tokio::spawn(async move { sessions.start(&new).await });
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
    sqlx::query("update members set role = 'admin', authority_version = authority_version + 1")
        .execute(&db.pool)
        .await
        .unwrap();
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

#[tokio::test]
async fn twenty_rotations_of_one_generation_at_once_are_one() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let all: Vec<_> = (0..20)
        .map(|_| {
            let sessions = sessions.clone();
            let id = row.id;
            tokio::spawn(async move { sessions.advance(id, 1, Advance::Rotate).await.unwrap() })
        })
        .collect();
    let mut rotated = 0;
    for one in all {
        rotated += usize::from(one.await.unwrap());
    }
    assert_eq!(rotated, 1);
    assert_eq!(find(&sessions, row.id).await.generation, 2);
}

#[tokio::test]
async fn each_advance_moves_generation_and_mark_and_restarts_both_ages() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    for (advance, from, generation, late_replay) in [
        (Advance::Rotate, 1, 2, None),
        (Advance::LateReplay, 2, 2, Some(2)),
        (Advance::Ahead { to: 30 }, 2, 30, Some(2)),
        (Advance::Rotate, 30, 31, Some(2)),
    ] {
        run(
            &db.pool,
            "update sessions
             set rotated_at = now() - interval '1 hour', last_seen_at = now() - interval '1 hour'
             where id = $1",
            row.id,
        )
        .await;
        assert!(sessions.advance(row.id, from, advance).await.unwrap(), "{advance:?}");
        let read = find(&sessions, row.id).await;
        assert_eq!((read.generation, read.late_replay), (generation, late_replay), "{advance:?}");
        let fresh = Duration::from_secs(60);
        assert!(read.rotated_ago < fresh && read.seen_ago < fresh, "{advance:?}");
    }
}

#[tokio::test]
async fn a_row_that_moved_on_or_ended_does_not_advance() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let all = [Advance::Rotate, Advance::LateReplay, Advance::Ahead { to: 9 }];
    for advance in all {
        assert!(!sessions.advance(row.id, 2, advance).await.unwrap(), "{advance:?}");
        assert!(!sessions.advance(SessionId::random(), 1, advance).await.unwrap(), "{advance:?}");
    }
    assert!(!sessions.advance(row.id, 1, Advance::Ahead { to: 1 }).await.unwrap());
    sessions.end(row.id, EndReason::Logout).await.unwrap();
    for advance in all {
        assert!(!sessions.advance(row.id, 1, advance).await.unwrap(), "{advance:?}");
    }
    assert_eq!(find(&sessions, row.id).await.generation, 1);
}

#[tokio::test]
async fn the_first_end_reason_stands() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    for reason in [EndReason::Revoked, EndReason::Logout, EndReason::Reuse] {
        let standing = sessions.end(row.id, reason).await.unwrap();
        assert_eq!(standing, Some(EndReason::Revoked));
    }
    assert_eq!(find(&sessions, row.id).await.ended, Some(EndReason::Revoked));
    assert_eq!(sessions.end(SessionId::random(), EndReason::Logout).await.unwrap(), None);
}

#[tokio::test]
async fn every_end_reason_can_be_kept() {
    let db = fresh_database().await;
    let (sessions, first) = started(&db).await;
    for reason in EndReason::ALL {
        let row = sessions.start(&new_session(first.member_id)).await.unwrap().unwrap();
        sessions.end(row.id, reason).await.unwrap();
        assert_eq!(find(&sessions, row.id).await.ended, Some(reason));
    }
}

#[tokio::test]
async fn ends_at_once_agree_on_one_reason() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let all: Vec<_> = EndReason::ALL
        .into_iter()
        .map(|reason| {
            let sessions = sessions.clone();
            let id = row.id;
            tokio::spawn(async move { sessions.end(id, reason).await.unwrap().unwrap() })
        })
        .collect();
    let mut answered = Vec::new();
    for one in all {
        answered.push(one.await.unwrap());
    }
    let stands = find(&sessions, row.id).await.ended.unwrap();
    assert_eq!(answered, [stands; EndReason::ALL.len()]);
}

#[tokio::test]
async fn a_session_goes_with_its_member() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    sqlx::query("delete from members").execute(&db.pool).await.unwrap();
    assert!(sessions.find(row.id).await.unwrap().is_none());
}
