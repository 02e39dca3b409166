//! Visitor records in Postgres. What they share with those in Redis is tested over HTTP.

use std::time::Duration;

use domain::session::keys::KeyRing;
use server::{
    postgres::{PgVisitorRecords, clear_expired_visitors},
    sealing::Sealing,
};
use sqlx::AssertSqlSafe;
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
};

use super::database::{TestDatabase, drop_database, fresh_database};
use crate::helpers::KEY;

fn records(db: &TestDatabase) -> PgVisitorRecords {
    PgVisitorRecords::new(db.database.clone(), Sealing::new(&KeyRing::parse(KEY).unwrap()))
}

fn record(text: &str) -> Record {
    Record {
        id: Id::default(),
        data: [("flash".to_owned(), serde_json::json!(text))].into(),
        expiry_date: OffsetDateTime::now_utc() + Duration::from_secs(600),
    }
}

async fn run(db: &TestDatabase, statement: &str) {
    sqlx::query(AssertSqlSafe(statement)).execute(&db.pool).await.unwrap();
}

async fn expire(db: &TestDatabase) {
    run(db, "update visitor_records set expires_at = now() - interval '1 second'").await;
}

#[tokio::test]
async fn a_visitor_record_in_postgres_comes_back_until_it_expires_by_the_databases_clock() {
    let db = fresh_database().await;
    let store = records(&db);
    let mut first = record("one");
    store.create(&mut first).await.unwrap();
    let second = Record { data: record("two").data, ..first.clone() };
    store.save(&second).await.unwrap();
    let kept = records(&db).load(&first.id).await.unwrap().unwrap();
    assert_eq!(kept.data, second.data);
    let left = kept.expiry_date - OffsetDateTime::now_utc();
    assert!((590..=600).contains(&left.whole_seconds()), "{left}");

    expire(&db).await;
    assert_eq!(store.load(&first.id).await.unwrap(), None);
    // Saving creates nothing: a log-out may have deleted the record, or its time is over.
    store.save(&second).await.unwrap();
    assert_eq!(store.load(&first.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_visitor_record_in_postgres_never_takes_the_place_of_another() {
    let db = fresh_database().await;
    let store = records(&db);
    let mut first = record("one");
    store.create(&mut first).await.unwrap();
    let mut second = Record { id: first.id, ..record("two") };
    store.create(&mut second).await.unwrap();
    assert_ne!(second.id, first.id);
    assert_eq!(store.load(&first.id).await.unwrap().unwrap().data, first.data);

    expire(&db).await;
    let mut third = Record { id: first.id, ..record("three") };
    store.create(&mut third).await.unwrap();
    assert_eq!(third.id, first.id, "what has expired is absent");
    store.delete(&third.id).await.unwrap();
    assert_eq!(store.load(&third.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_visitor_record_in_postgres_has_at_most_4_kib() {
    let db = fresh_database().await;
    let store = records(&db);
    assert!(store.create(&mut record(&"x".repeat(4096))).await.is_err());
    store.create(&mut record(&"x".repeat(3900))).await.unwrap();
}

#[tokio::test]
async fn twenty_thousand_visitor_records_in_postgres_leave_no_room_until_some_expire() {
    let db = fresh_database().await;
    assert!(records(&db).has_room().await);
    run(
        &db,
        "insert into visitor_records
         select gen_random_uuid(), '', now() + interval '1 minute' * (1 + number % 2)
         from generate_series(1, 20000) as number",
    )
    .await;
    assert!(!records(&db).has_room().await);
    assert_eq!(clear_expired_visitors(&db.database).await.unwrap().rows, 0);
    let minute = "update visitor_records set expires_at = expires_at - interval '61 seconds'";
    run(&db, minute).await;
    assert_eq!(clear_expired_visitors(&db.database).await.unwrap().rows, 10_000);
    assert!(records(&db).has_room().await);
    drop_database(&db.url).await;
    assert!(!records(&db).has_room().await);
}
