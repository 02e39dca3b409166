//! Session rows in Postgres.

use std::{net::IpAddr, time::Duration};

use domain::{
    member::{MemberId, Role},
    ports::{Advance, Advanced, Ending, NewSession, Sessions},
    rotation::Move,
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
        client: same_browser(),
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
    sessions.find(id).await.unwrap().unwrap().open().unwrap()
}

async fn ended(sessions: &PgSessions, id: SessionId) -> Option<EndReason> {
    sessions.find(id).await.unwrap().unwrap().ended()
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
        let row = sessions.start(&new).await.unwrap().unwrap();
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
            let row = row.clone();
            tokio::spawn(async move { advance(&sessions, &row, Move::Rotate, 2).await })
        })
        .collect();
    let mut rotated = 0;
    for one in all {
        rotated += usize::from(one.await.unwrap() == Advanced::Done);
    }
    assert_eq!(rotated, 1);
    assert_eq!(find(&sessions, row.id).await.generation, 2);
}

#[tokio::test]
async fn each_advance_moves_generation_and_mark_and_restarts_both_ages() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    for (by, from, generation, late_replay) in [
        (Move::Rotate, 1, 2, None),
        (Move::LateReplay, 2, 2, Some(2)),
        (Move::Ahead, 2, 30, Some(2)),
        (Move::Rotate, 30, 31, Some(2)),
    ] {
        make_old(&db.pool, row.id).await;
        let read = find(&sessions, row.id).await;
        assert_eq!(read.generation, from, "{by:?}");
        let advanced = advance(&sessions, &read, by, generation).await;
        assert_eq!(advanced, Advanced::Done, "{by:?}");
        let read = find(&sessions, row.id).await;
        assert_eq!((read.generation, read.late_replay), (generation, late_replay), "{by:?}");
        let fresh = Duration::from_secs(60);
        assert!(read.rotated_ago < fresh && read.seen_ago < fresh, "{by:?}");
    }
}

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

#[tokio::test]
async fn renewing_writes_nothing_and_replaying_only_that_it_was_seen() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    make_old(&db.pool, row.id).await;
    let long_ago = Duration::from_secs(3000);
    for (by, is_seen) in [(Move::Renew, false), (Move::Replay, true)] {
        assert_eq!(advance(&sessions, &row, by, 1).await, Advanced::Done, "{by:?}");
        let read = find(&sessions, row.id).await;
        assert_eq!(read.generation, 1);
        assert!(read.rotated_ago > long_ago, "{by:?} begins no grace");
        assert_eq!(read.seen_ago < long_ago, is_seen, "{by:?}");
    }
}

#[tokio::test]
async fn what_was_replayed_meanwhile_is_not_answered_late_as_it_was_read() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    make_old(&db.pool, row.id).await;
    let read = find(&sessions, row.id).await;
    assert_eq!(advance(&sessions, &read, Move::Replay, 1).await, Advanced::Done);
    assert_eq!(advance(&sessions, &read, Move::LateReplay, 1).await, Advanced::Not);
    for by in [Move::Renew, Move::Replay] {
        assert_eq!(advance(&sessions, &read, by, 1).await, Advanced::Done, "{by:?}");
    }
}

#[tokio::test]
async fn replays_from_another_address_or_browser_are_counted_for_the_member_to_see() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let elsewhere = Client { ip: Some([198, 51, 100, 1].into()), ..same_browser() };
    let another = Client { user_agent: "another browser".into(), ..same_browser() };
    let replay = |by, client| {
        let sessions = sessions.clone();
        async move {
            let row = &find(&sessions, row.id).await;
            sessions.advance(Advance { row, by, answered: 1, client }).await.unwrap()
        }
    };
    assert_eq!(replay(Move::Replay, &elsewhere).await, Advanced::DoneFromElsewhere);
    assert_eq!(replay(Move::LateReplay, &another).await, Advanced::DoneFromElsewhere);
    assert_eq!(replay(Move::Renew, &elsewhere).await, Advanced::Done);
    assert_eq!(replay(Move::Replay, &same_browser()).await, Advanced::Done);
    let listed = sessions.list_of(row.member_id).await.unwrap();
    assert_eq!(listed[0].replays_from_elsewhere, 2);
    assert_eq!(listed[0].client, same_browser());

    let row = &find(&sessions, row.id).await;
    let moved = Advance { row, by: Move::Rotate, answered: 2, client: &elsewhere };
    assert_eq!(sessions.advance(moved).await.unwrap(), Advanced::Done);
    assert_eq!(sessions.list_of(row.member_id).await.unwrap()[0].client, elsewhere);
}

#[tokio::test]
async fn a_row_that_moved_on_or_ended_does_not_advance() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let all = [
        (Move::Rotate, 2),
        (Move::LateReplay, 1),
        (Move::Ahead, 9),
        (Move::Renew, 1),
        (Move::Replay, 1),
    ];
    for (by, to) in all {
        let moved_on = SessionRow { generation: 2, ..row.clone() };
        let nobodys = SessionRow { id: SessionId::random(), ..row.clone() };
        for other in [moved_on, nobodys] {
            let advanced = advance(&sessions, &other, by, to.max(other.generation)).await;
            assert_eq!(advanced, Advanced::Not, "{by:?}");
        }
    }
    assert_eq!(advance(&sessions, &row, Move::Ahead, 1).await, Advanced::Not);
    sessions.end(row.id, EndReason::Logout).await.unwrap();
    for (by, to) in all {
        assert_eq!(advance(&sessions, &row, by, to).await, Advanced::Not, "{by:?}");
    }
    let generation: i64 =
        sqlx::query_scalar("select generation from sessions").fetch_one(&db.pool).await.unwrap();
    assert_eq!(generation, 1);
}

#[tokio::test]
async fn of_late_replays_at_once_one_is_forgiven_and_the_others_are_decided_again() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let mut done = 0;
    for _ in 0..3 {
        done += usize::from(advance(&sessions, &row, Move::LateReplay, 1).await == Advanced::Done);
    }
    assert_eq!(done, 1);
}

#[tokio::test]
async fn a_session_that_was_brought_on_meanwhile_is_not_ended_by_what_was_read_before() {
    let db = fresh_database().await;
    let (sessions, before) = started(&db).await;
    for (by, to) in [(Move::Replay, 1), (Move::LateReplay, 1), (Move::Rotate, 2)] {
        make_old(&db.pool, before.id).await;
        let read = find(&sessions, before.id).await;
        assert_eq!(advance(&sessions, &read, by, to).await, Advanced::Done);
        for reason in [EndReason::Idle, EndReason::Reuse] {
            assert!(!sessions.end_as_read(&read, reason).await.unwrap(), "{by:?}");
        }
    }
    let read = find(&sessions, before.id).await;
    assert!(sessions.end_as_read(&read, EndReason::Idle).await.unwrap());
    assert_eq!(ended(&sessions, read.id).await, Some(EndReason::Idle));
    assert!(!sessions.end_as_read(&read, EndReason::Reuse).await.unwrap());
}

#[tokio::test]
async fn the_first_end_reason_stands() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    assert_eq!(sessions.end(row.id, EndReason::Revoked).await.unwrap(), Some(Ending::Now));
    for reason in [EndReason::Logout, EndReason::Revoked, EndReason::Reuse] {
        let before = Ending::Before(EndReason::Revoked);
        assert_eq!(sessions.end(row.id, reason).await.unwrap(), Some(before));
    }
    assert_eq!(ended(&sessions, row.id).await, Some(EndReason::Revoked));
    assert_eq!(sessions.end(SessionId::random(), EndReason::Logout).await.unwrap(), None);
}

#[tokio::test]
async fn every_end_reason_can_be_kept() {
    let db = fresh_database().await;
    let (sessions, first) = started(&db).await;
    for reason in EndReason::ALL {
        let row = sessions.start(&new_session(first.member_id)).await.unwrap().unwrap();
        sessions.end(row.id, reason).await.unwrap();
        assert_eq!(ended(&sessions, row.id).await, Some(reason));
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
            tokio::spawn(async move {
                let ending = sessions.end(id, reason).await.unwrap().unwrap();
                (ending == Ending::Now, ending.standing(reason))
            })
        })
        .collect();
    let mut answered = Vec::new();
    for one in all {
        answered.push(one.await.unwrap());
    }
    let stands = ended(&sessions, row.id).await.unwrap();
    assert!(answered.iter().all(|(_, reason)| *reason == stands), "{answered:?}");
    assert_eq!(answered.iter().filter(|(ended_now, _)| *ended_now).count(), 1);
}

#[tokio::test]
async fn a_member_ends_their_own_sessions_alone() {
    let db = fresh_database().await;
    let (sessions, mine) = started(&db).await;
    let other = add_member(&db, &some_email()).await;
    let theirs = sessions.start(&new_session(other)).await.unwrap().unwrap();
    let refused = sessions.end_of(mine.member_id, theirs.id, EndReason::Revoked).await.unwrap();
    assert_eq!(refused, None);
    assert_eq!(ended(&sessions, theirs.id).await, None);
    let ending = sessions.end_of(other, theirs.id, EndReason::Revoked).await.unwrap();
    assert_eq!(ending, Some(Ending::Now));

    let second = sessions.start(&new_session(mine.member_id)).await.unwrap().unwrap();
    let others = sessions.end_others_of(mine.member_id, second.id, EndReason::Revoked).await;
    assert_eq!(others.unwrap(), [mine.id]);
    assert_eq!(ended(&sessions, second.id).await, None);
}

#[tokio::test]
async fn what_ended_lately_is_found_and_what_ended_before_is_not() {
    let db = fresh_database().await;
    let (sessions, lately) = started(&db).await;
    let before = sessions.start(&new_session(lately.member_id)).await.unwrap().unwrap();
    for id in [lately.id, before.id] {
        sessions.end(id, EndReason::Logout).await.unwrap();
    }
    run(
        &db.pool,
        "update sessions set ended_at = now() - interval '10 minutes' where id = $1",
        before.id,
    )
    .await;
    let found = sessions.ended_within(Duration::from_secs(300)).await.unwrap();
    assert_eq!(found, [(lately.id, EndReason::Logout)]);
}

#[tokio::test]
async fn all_sessions_of_everybody_end_at_once_and_the_reasons_that_stand_stay() {
    let db = fresh_database().await;
    let (sessions, one) = started(&db).await;
    let other = add_member(&db, &some_email()).await;
    let two = sessions.start(&new_session(other)).await.unwrap().unwrap();
    sessions.end(one.id, EndReason::Logout).await.unwrap();
    assert_eq!(sessions.end_all(EndReason::Revoked).await.unwrap(), 1);
    assert_eq!(ended(&sessions, one.id).await, Some(EndReason::Logout));
    assert_eq!(ended(&sessions, two.id).await, Some(EndReason::Revoked));
}
