//! The pool of connections to Postgres. The tests tell connections apart by the server's processes.

use server::postgres::Database;
use sqlx::query_scalar;

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
