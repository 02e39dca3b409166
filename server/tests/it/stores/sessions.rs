//! Session rows in Postgres: tests of its clock, locks and columns. The rules are in `rows`.

use std::{net::IpAddr, time::Duration};

use domain::session::{
    Client, EndReason, SessionRow,
    ports::{Ending, NewSession, RowUpdate, Sessions, UpdateOutcome},
    rotation::RefreshKind,
};
use server::postgres::PgSessions;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    add_member,
    database::{TestDatabase, fresh_database},
    rows::{MANY, new_session},
    some_email,
};

/// A member with one session.
async fn started(db: &TestDatabase) -> (PgSessions, SessionRow) {
    let sessions = PgSessions::new(db.database.clone());
    let member = add_member(db, &some_email()).await;
    let row = sessions.start(&new_session(member), MANY).await.unwrap().unwrap().row;
    (sessions, row)
}

#[tokio::test]
async fn the_browser_is_stored_with_its_session() {
    let db = fresh_database().await;
    let sessions = PgSessions::new(db.database.clone());
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
async fn a_start_waits_for_a_change_of_authority_and_then_sees_it() {
    let db = fresh_database().await;
    let sessions = PgSessions::new(db.database.clone());
    let member = add_member(&db, &some_email()).await;
    let mut change = db.pool.begin().await.unwrap();
    sqlx::query("update members set authority_version = authority_version + 1")
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
async fn an_age_is_never_negative() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    sqlx::query("update sessions set last_seen_at = now() + interval '1 hour'")
        .execute(&db.pool)
        .await
        .unwrap();
    let read = sessions.find(row.id).await.unwrap().unwrap().open().unwrap();
    assert_eq!(read.state.seen_ago, Duration::ZERO);
}

#[tokio::test]
async fn of_twenty_concurrent_rotations_of_one_generation_one_succeeds() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let mut rotating = JoinSet::new();
    for _ in 0..20 {
        let (sessions, row) = (sessions.clone(), row.clone());
        rotating.spawn(async move {
            let (kind, presented) = (RefreshKind::Rotate, row.state.generation);
            let client = &Client::default();
            sessions.advance(RowUpdate { row: &row, kind, presented, client }).await.unwrap()
        });
    }
    let outcomes = rotating.join_all().await;
    assert_eq!(outcomes.iter().filter(|it| **it == UpdateOutcome::Done).count(), 1);
    let read = sessions.find(row.id).await.unwrap().unwrap().open().unwrap();
    assert_eq!(read.state.generation, 2);
}

#[tokio::test]
async fn a_refresh_touches_no_index() {
    let db = fresh_database().await;
    let (sessions, mut row) = started(&db).await;
    for kind in [RefreshKind::Rotate, RefreshKind::Replay, RefreshKind::LateReplay] {
        // A replay by the same browser need not be noted.
        let client = Client { user_agent: kind.as_str().to_owned(), ip: None };
        let update = RowUpdate { row: &row, kind, presented: 1, client: &client };
        assert_ne!(sessions.advance(update).await.unwrap(), UpdateOutcome::Conflict, "{kind:?}");
        row = sessions.find(row.id).await.unwrap().unwrap().open().unwrap();
    }
    // Counts are published when the connection is closed, or within ten seconds.
    db.database.close().await;
    let counts = async {
        let counts = "select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables
                      where relname = 'sessions'";
        loop {
            let counts: (i64, i64) = sqlx::query_as(counts).fetch_one(&db.pool).await.unwrap();
            if counts.0 > 0 {
                break counts;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let counts = timeout(Duration::from_secs(20), counts).await.expect("updates are counted");
    assert_eq!(counts, (3, 3));
}

#[tokio::test]
async fn concurrent_ends_agree_on_one_reason() {
    let db = fresh_database().await;
    let (sessions, row) = started(&db).await;
    let all: Vec<_> = EndReason::ALL
        .iter()
        .copied()
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
    let stands = sessions.find(row.id).await.unwrap().unwrap().ended().unwrap();
    assert!(answered.iter().all(|(_, reason)| *reason == stands), "{answered:?}");
    assert_eq!(answered.iter().filter(|(ended_now, _)| *ended_now).count(), 1);
}

#[tokio::test]
async fn concurrent_log_ins_stay_within_the_bound_and_never_end_themselves() {
    let db = fresh_database().await;
    let (sessions, first) = started(&db).await;
    let mut starting = JoinSet::new();
    for _ in 0..20 {
        let (sessions, new) = (sessions.clone(), new_session(first.member_id));
        starting.spawn(async move { sessions.start(&new, 5).await.unwrap().unwrap() });
    }
    for started in starting.join_all().await {
        assert!(!started.displaced.contains(&started.row.id));
    }
    let open: i64 = sqlx::query_scalar("select count(*) from sessions where ended_at is null")
        .fetch_one(&db.pool)
        .await
        .unwrap();
    assert_eq!(open, 5);
}
