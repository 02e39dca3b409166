//! A log-out between two steps of another request. What each approach sends to Redis is the same in every run, and a gate
//! decides the order.

use axum::http::StatusCode;
use lab::approaches::Approach;
use sqlx::{PgPool, query_scalar};

use crate::{
    gate::Gate,
    instance::{Instance, settings},
};

#[tokio::test]
async fn commands_as_commonly_written_bring_a_session_back_that_a_log_out_has_ended() {
    let ended = log_out_before_the_write(Approach::RedisCommon, "SET").await;
    assert_eq!(ended, StatusCode::OK);
}

#[tokio::test]
async fn a_token_with_a_store_brings_a_session_back_that_a_log_out_has_ended() {
    let ended = log_out_before_the_write(Approach::JwtStore, "HINCRBY").await;
    assert_eq!(ended, StatusCode::OK);
}

#[tokio::test]
async fn a_write_that_needs_the_session_to_be_there_does_not_bring_it_back() {
    let ended = log_out_before_the_write(Approach::Redis, "SET").await;
    assert_eq!(ended, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_page_under_way_brings_a_session_in_memory_back_that_a_log_out_has_ended() {
    let mut settings = settings().await;
    settings.database_url += "_of_a_page_under_way";
    server::postgres::migrate(&settings.database_url).await.unwrap();
    let instance = Instance::with(Approach::Memory, &settings).await;
    let member = instance.member("member").await;
    let mut browser = instance.signed_in(&member).await;
    let mut copy = browser.clone();

    // It has read the session when it waits for the member's row.
    let database = PgPool::connect(&settings.database_url).await.unwrap();
    let mut lock = database.begin().await.unwrap();
    sqlx::query("lock table lab_members").execute(&mut *lock).await.unwrap();
    let mut tab = browser.clone();
    let page = tokio::spawn(async move { tab.get("/page").await.status });
    let waiting = "select count(*) from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'";
    while query_scalar::<_, i64>(waiting).fetch_one(&mut *lock).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(browser.post("/logout", &[]).await.status, StatusCode::NO_CONTENT);
    assert_eq!(copy.clone().get("/page").await.status, StatusCode::UNAUTHORIZED);
    lock.rollback().await.unwrap();
    assert_eq!(page.await.unwrap(), StatusCode::OK);
    assert_eq!(copy.get("/page").await.status, StatusCode::OK);
}

/// Raises a counter, logs out before its write reaches Redis, and returns the status of the next page.
async fn log_out_before_the_write(approach: Approach, write: &'static str) -> StatusCode {
    let usual = settings().await;
    let gate = Gate::before(usual.redis_url.as_deref().unwrap(), write).await;
    let mut slow = usual.clone();
    slow.redis_url = Some(gate.url());

    let instance = Instance::with(approach, &usual).await;
    let member = instance.member("member").await;
    let mut browser = instance.signed_in(&member).await;
    let slow = Instance::with(approach, &slow).await;
    let mut copy = browser.clone();
    let mut counting = browser.copied_to(slow.browser());
    let counted = tokio::spawn(async move { counting.post("/count", &[]).await.status });
    gate.reached().await;
    assert_eq!(browser.post("/logout", &[]).await.status, StatusCode::NO_CONTENT);
    gate.open();
    counted.await.unwrap();
    copy.get("/page").await.status
}
