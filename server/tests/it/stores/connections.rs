//! The pool of connections to Postgres. The tests tell connections apart by the server's processes.

use std::{
    future::poll_fn,
    pin::pin,
    task::Poll,
    time::{Duration, Instant},
};

use domain::{
    account::ports::Authority,
    session::{MemberId, Role},
};
use server::postgres::{Database, PgAuthority};
use sqlx::query_scalar;
use uuid::Uuid;

use super::database::fresh_database;

async fn process_of_a_statement(database: &Database) -> i32 {
    query_scalar("select pg_backend_pid()").fetch_one(database).await.unwrap()
}

#[tokio::test]
async fn statements_one_after_another_share_a_connection() {
    let db = fresh_database().await;
    let first = process_of_a_statement(&db.database).await;
    for _ in 0..5 {
        assert_eq!(process_of_a_statement(&db.database).await, first);
    }
}

#[tokio::test]
async fn a_refused_statement_leaves_its_connection_usable() {
    let db = fresh_database().await;
    let first = process_of_a_statement(&db.database).await;
    for _ in 0..5 {
        sqlx::query("select 1 / 0").execute(&db.database).await.unwrap_err();
        assert_eq!(process_of_a_statement(&db.database).await, first);
    }
}

#[tokio::test]
async fn a_connection_whose_answer_is_under_way_is_not_lent() {
    let db = fresh_database().await;
    let mut lock = db.pool.begin().await.unwrap();
    sqlx::query("lock table members").execute(&mut *lock).await.unwrap();
    let database = db.database.clone();
    let asking =
        tokio::spawn(async move { sqlx::query("select from members").execute(&database).await });
    let waiting = "select pid from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'";
    let busy: i32 = loop {
        if let Some(process) = query_scalar(waiting).fetch_optional(&db.pool).await.unwrap() {
            break process;
        }
        tokio::task::yield_now().await;
    };

    asking.abort();
    assert!(asking.await.unwrap_err().is_cancelled());
    assert_ne!(process_of_a_statement(&db.database).await, busy);
}

/// Drops a future after it was polled so many times. `None`: it was not done.
async fn dropped_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn a_change_dropped_at_any_moment_leaves_no_transaction_open() {
    let db = fresh_database().await;
    let authority = PgAuthority::new(db.database.clone());
    let nobody = MemberId(Uuid::new_v4());
    process_of_a_statement(&db.database).await;
    let open = "select count(*) from pg_stat_activity
                where datname = current_database() and state like 'idle in transaction%'";
    // Less than the server waits before it ends such a connection.
    let limit = Duration::from_secs(2);
    for polls in 1.. {
        let changed = dropped_after(polls, authority.set_role(nobody, Role::Admin)).await;
        process_of_a_statement(&db.database).await;
        let dropped = Instant::now();
        while query_scalar::<_, i64>(open).fetch_one(&db.pool).await.unwrap() > 0 {
            assert!(dropped.elapsed() < limit, "dropped after {polls} polls");
        }
        if changed.is_some() {
            assert!(polls > 1, "it was dropped at least once");
            break;
        }
    }
}
