//! The live-session store in Postgres.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::session::{
    EndReason, Lifetimes, SessionId,
    ports::{CheckMode, Checked, Opened},
};
use server::postgres::{PgLiveSessions, clear_expired_live_sessions};
use sqlx::PgPool;
use tokio::task::JoinHandle;

use super::{
    super::{
        database::{TestDatabase, fresh_database},
        lifetimes,
    },
    conformance::keeps_every_rule,
    probe::{Behind, Probe, Store},
};

struct InPostgres;

keeps_every_rule!(InPostgres);

#[async_trait]
impl Store for InPostgres {
    async fn probe_with(&self, lifetimes: Lifetimes) -> Probe {
        let table = Table(Arc::new(fresh_database().await));
        Probe::new(PgLiveSessions::new(table.0.database.clone(), &lifetimes), table)
    }
}

/// The table itself.
#[derive(Clone)]
struct Table(Arc<TestDatabase>);

impl Table {
    fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    async fn count(&self, what: &'static str) -> i64 {
        sqlx::query_scalar(what).fetch_one(self.pool()).await.unwrap()
    }

    /// Physical position of the record, which changes whenever it is written.
    async fn place(&self) -> String {
        sqlx::query_scalar("select ctid::text || xmin::text || xmax::text from live_sessions")
            .fetch_one(self.pool())
            .await
            .unwrap()
    }

    /// Returns once a connection waits for a lock.
    async fn somebody_waits(&self) {
        let waiting = "select count(*) from pg_locks where not granted";
        while self.count(waiting).await == 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Behind for Table {
    async fn pass(&self, id: SessionId, time: Duration) {
        sqlx::query(
            "update live_sessions set expires_at = expires_at - make_interval(secs => $2) where id = $1",
        )
        .bind(id.0)
        .bind(time.as_secs_f64())
        .execute(self.pool())
        .await
        .unwrap();
    }
}

async fn probe() -> (Probe, Table) {
    let table = Table(Arc::new(fresh_database().await));
    (Probe::new(PgLiveSessions::new(table.0.database.clone(), &lifetimes()), table.clone()), table)
}

/// Closes the session in an open transaction, waits until `other` blocks on it, and commits.
async fn while_a_close_is_under_way<T: Send + 'static>(
    table: &Table,
    id: SessionId,
    other: impl Future<Output = T> + Send + 'static,
) -> T {
    let mut close = table.pool().begin().await.unwrap();
    sqlx::query(
        "insert into live_sessions (id, end_reason, expires_at)
         values ($1, 'revoked', now() + interval '1 hour')
         on conflict (id) do update
         set member_id = null, role = null, authority_version = null, authenticated_at = null,
             absolute_end = null, newest_generation = null,
             end_reason = excluded.end_reason, expires_at = excluded.expires_at",
    )
    .bind(id.0)
    .execute(&mut *close)
    .await
    .unwrap();
    let other: JoinHandle<T> = tokio::spawn(other);
    table.somebody_waits().await;
    close.commit().await.unwrap();
    other.await.unwrap()
}

#[tokio::test]
async fn an_open_that_waited_for_a_close_finds_its_tombstone() {
    let (probe, table) = probe().await;
    let session = probe.session();
    for is_there in [false, true] {
        let id = SessionId::random();
        if is_there {
            probe.live.open(id, &session).await.unwrap();
        }
        let live = probe.live.clone();
        let opening = async move { live.open(id, &session).await.unwrap() };
        let opened = while_a_close_is_under_way(&table, id, opening).await;
        assert_eq!(opened, Opened::Ended(EndReason::Revoked));
    }
}

#[tokio::test]
async fn a_check_that_waited_for_a_close_keeps_its_tombstone() {
    let (probe, table) = probe().await;
    probe.open(&probe.session()).await;
    let (live, id) = (probe.live.clone(), probe.id);
    let checking = async move { live.check(id, CheckMode::Use { generation: 5 }).await.unwrap() };
    // It began before the end was reported, so it may still return the session.
    while_a_close_is_under_way(&table, probe.id, checking).await;
    assert_eq!(probe.check(6).await, Checked::Ended(EndReason::Revoked));
}

#[tokio::test]
async fn a_check_writes_only_to_extend_a_session_or_to_record_a_generation() {
    let (probe, table) = probe().await;
    probe.open(&probe.session()).await;
    probe.seen(3).await;
    let place = table.place().await;
    probe.seen(3).await;
    probe.seen(2).await;
    probe.kept().await;
    assert_eq!(table.place().await, place);
    probe.seen(4).await;
    assert_ne!(table.place().await, place);

    probe.close(EndReason::Logout).await;
    let place = table.place().await;
    probe.check(5).await;
    assert_eq!(table.place().await, place);
}

#[tokio::test]
async fn clearing_deletes_only_expired_live_sessions() {
    let (probe, table) = probe().await;
    probe.open(&probe.session()).await;
    probe.live.close(SessionId::random(), EndReason::Logout).await.unwrap();
    sqlx::query(
        "insert into live_sessions (id, end_reason, expires_at)
         select gen_random_uuid(), 'logout', now() - interval '1 second'
         from generate_series(1, 2500)",
    )
    .execute(table.pool())
    .await
    .unwrap();
    assert_eq!(clear_expired_live_sessions(&table.0.database).await.unwrap().rows, 2500);
    assert_eq!(clear_expired_live_sessions(&table.0.database).await.unwrap().rows, 0);
    assert_eq!(table.count("select count(*) from live_sessions").await, 2);
    probe.kept().await;
}

#[tokio::test]
async fn a_wiped_table_has_no_sessions_and_accepts_new_ones() {
    let (probe, table) = probe().await;
    let given = probe.session();
    probe.open(&given).await;
    // As a crash does to an unlogged table.
    sqlx::query("truncate live_sessions").execute(table.pool()).await.unwrap();
    assert_eq!(probe.check(1).await, Checked::Absent);
    assert_eq!(probe.open(&given).await, Opened::Live);
    let logged =
        "select count(*) from pg_class where relname = 'live_sessions' and relpersistence <> 'u'";
    assert_eq!(table.count(logged).await, 0);
}

#[tokio::test]
async fn an_unknown_role_in_a_live_session_fails_closed() {
    let (probe, table) = probe().await;
    probe.open(&probe.session()).await;
    sqlx::raw_sql(
        "alter table live_sessions drop constraint live_sessions_role_known;
         update live_sessions set role = 'root'",
    )
    .execute(table.pool())
    .await
    .unwrap();
    assert!(probe.live.check(probe.id, CheckMode::Peek).await.is_err());
}

#[tokio::test]
async fn an_unavailable_database_is_an_error_and_not_an_end() {
    let (probe, table) = probe().await;
    probe.open(&probe.session()).await;
    table.0.database.close().await;
    assert!(probe.live.check(probe.id, CheckMode::Peek).await.is_err());
    assert!(probe.live.open(probe.id, &probe.session()).await.is_err());
    assert!(probe.live.close(probe.id, EndReason::Logout).await.is_err());
}
