//! Deleting rows that are no longer needed: what all tables have in common. Which rows are deleted is tested with each.

use std::time::Duration;

use domain::StoreError;
use futures_util::{FutureExt, future::BoxFuture};
use server::postgres::{
    Cleared, Database, clear_expired_live_sessions, clear_expired_password_resets,
    clear_expired_visitors, clear_old_sessions, clear_old_sign_ups,
};
use sqlx::AssertSqlSafe;
use tokio::time::{sleep, timeout};

use super::{
    add_member,
    database::{TestDatabase, fresh_database},
    some_email,
};

type Clear = fn(&Database) -> BoxFuture<'_, Result<Cleared, StoreError>>;

/// Each table that rows are deleted from, columns and values of an old row for each member, and what deletes it.
const TABLES: [(&str, &str, &str, Clear); 7] = [
    (
        "sessions",
        "id, member_id, salt, created_at, absolute_end, idle_seconds, remembered",
        "gen_random_uuid(), id, decode(repeat('00', 16), 'hex'), now() - interval '99 days',
         now() - interval '31 days', 1800, false",
        |database| clear_old_sessions(database).boxed(),
    ),
    (
        "confirmations",
        "id, email, display_name, password_hash, locale, code_hash, created_at, expires_at",
        "gen_random_uuid(), email, display_name, password_hash, locale, '',
         now() - interval '25 hours', now() - interval '24 hours'",
        |database| clear_old_sign_ups(database).boxed(),
    ),
    (
        "completed_sign_ups",
        "id, member_id, code_hash, completed_at",
        "gen_random_uuid(), id, '', now() - interval '8 days'",
        |database| clear_old_sign_ups(database).boxed(),
    ),
    (
        "password_resets",
        "member_id, token_hash, created_at, expires_at",
        "id, sha256(id::text::bytea), now() - interval '2 hours', now() - interval '1 hour'",
        |database| clear_expired_password_resets(database).boxed(),
    ),
    (
        "live_sessions",
        "id, end_reason, expires_at",
        "gen_random_uuid(), 'logout', now() - interval '1 second'",
        |database| clear_expired_live_sessions(database).boxed(),
    ),
    (
        "visitor_records",
        "id, sealed, expires_at",
        "gen_random_uuid(), '', now() - interval '1 second'",
        |database| clear_expired_visitors(database).boxed(),
    ),
    ("limits", "key, arrives_at", "id::text, now() - interval '1 second'", |database| {
        clear_expired_visitors(database).boxed()
    }),
];

async fn run(db: &TestDatabase, statement: &str) {
    sqlx::query(AssertSqlSafe(statement)).execute(&db.pool).await.unwrap();
}

#[tokio::test]
async fn rows_that_another_instance_is_deleting_are_passed_over() {
    let db = fresh_database().await;
    for _ in 0..3 {
        add_member(&db, &some_email()).await;
    }
    for (table, columns, values, clear) in TABLES {
        run(&db, &format!("insert into {table} ({columns}) select {values} from members")).await;
        let mut other = db.pool.begin().await.unwrap();
        let lock = format!("select from {table} limit 1 for update");
        sqlx::query(AssertSqlSafe(lock)).execute(&mut *other).await.unwrap();
        let others = Cleared { rows: 2, is_complete: true };
        assert_eq!(clear(&db.database).await.unwrap(), others, "{table}");
        other.rollback().await.unwrap();
        assert_eq!(clear(&db.database).await.unwrap().rows, 1, "{table}");
    }
}

#[tokio::test]
async fn a_round_deletes_a_bounded_number_of_rows_and_says_that_there_may_be_more() {
    let db = fresh_database().await;
    run(
        &db,
        "insert into live_sessions (id, end_reason, expires_at)
         select gen_random_uuid(), 'logout', now() - interval '1 second'
         from generate_series(1, 50001)",
    )
    .await;
    for (rows, is_complete) in [(50_000, false), (1, true)] {
        let cleared = clear_expired_live_sessions(&db.database).await.unwrap();
        assert_eq!(cleared, Cleared { rows, is_complete });
    }
}

#[tokio::test]
async fn rows_of_old_sessions_are_found_by_an_index() {
    let db = fresh_database().await;
    add_member(&db, &some_email()).await;
    let (table, columns, values, clear) = TABLES[0];
    run(&db, &format!("insert into {table} ({columns}) select {values} from members")).await;
    // Otherwise Postgres reads a table as small as this one as a whole.
    let name: String =
        sqlx::query_scalar("select current_database()::text").fetch_one(&db.pool).await.unwrap();
    run(&db, &format!("alter database {name} set enable_seqscan = off")).await;
    db.database.close().await;
    let database = server::postgres::connect(&db.url).unwrap();
    assert_eq!(clear(&database).await.unwrap().rows, 1);
    // Counts are published when the connection is closed, or within ten seconds.
    database.close().await;
    let is_used = async {
        let scans = "select idx_scan from pg_stat_user_indexes
                     where indexrelname = 'sessions_by_latest_end'";
        while sqlx::query_scalar::<_, i64>(scans).fetch_one(&db.pool).await.unwrap() == 0 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), is_used).await.expect("the index is used");
}
