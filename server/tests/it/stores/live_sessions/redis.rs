//! The live-session store in a single Redis.

use std::time::Duration;

use async_trait::async_trait;
use domain::session::{
    EndReason, Lifetimes, SessionId,
    ports::{CheckMode, Checked, Opened},
};
use fred::prelude::{
    Builder, Client, ClientLike, Config, HashesInterface, KeysInterface, LuaInterface,
};
use server::redis::{Redis, RedisLiveSessions};
use tokio::sync::RwLockReadGuard;

use super::{
    super::{lifetimes, redis_url},
    conformance::keeps_every_rule,
    probe::{Behind, Probe, Store},
};

struct InRedis;

keeps_every_rule!(InRedis);

#[async_trait]
impl Store for InRedis {
    async fn probe_with(&self, lifetimes: Lifetimes) -> Probe {
        probe_in_redis(&redis_url(), lifetimes).await.0
    }
}

/// A live-session store in the Redis of this URL, and a client for direct access.
pub(super) async fn probe_in_redis(url: &str, lifetimes: Lifetimes) -> (Probe, Raw) {
    let redis = Redis::connect(url).await.unwrap();
    let raw = Raw::connect(url).await;
    (Probe::new(RedisLiveSessions::new(redis, &lifetimes), raw.clone()), raw)
}

/// The store as it is.
#[derive(Clone)]
pub(super) struct Raw(pub(super) Client);

impl Raw {
    pub(super) async fn connect(url: &str) -> Self {
        let client = Builder::from_config(Config::from_url(url).unwrap()).build().unwrap();
        client.init().await.unwrap();
        Self(client)
    }
}

/// A store that some tests change, held unchanged until this is dropped.
pub(super) struct InCalm {
    raw: Raw,
    _calm: RwLockReadGuard<'static, ()>,
}

impl InCalm {
    pub(super) fn new(raw: Raw, calm: RwLockReadGuard<'static, ()>) -> Self {
        Self { raw, _calm: calm }
    }
}

#[async_trait]
impl Behind for InCalm {
    async fn pass(&self, id: SessionId, time: Duration) {
        self.raw.pass(id, time).await;
    }
}

#[async_trait]
impl Behind for Raw {
    async fn pass(&self, id: SessionId, time: Duration) {
        let left: i64 = self.0.pttl(key(id)).await.unwrap();
        if left >= 0 {
            let time = i64::try_from(time.as_millis()).unwrap();
            let _: () = self.0.pexpire(key(id), left - time, None).await.unwrap();
        }
    }
}

pub(super) fn key(id: SessionId) -> String {
    format!("session:{{{id}}}")
}

async fn probe() -> (Probe, Client) {
    let (probe, raw) = probe_in_redis(&redis_url(), lifetimes()).await;
    (probe, raw.0)
}

#[tokio::test]
async fn closing_deletes_the_live_session() {
    let (probe, raw) = probe().await;
    probe.open(&probe.session()).await;
    probe.close(EndReason::Logout).await;
    let fields: Vec<String> = raw.hkeys(key(probe.id)).await.unwrap();
    assert_eq!(fields, ["ended"]);
}

#[tokio::test]
async fn a_check_of_a_missing_session_creates_no_key() {
    let (probe, raw) = probe().await;
    probe.check(5).await;
    assert!(!raw.exists::<bool, _>(key(probe.id)).await.unwrap());
}

#[tokio::test]
async fn redis_expires_a_live_session_at_its_timeout() {
    let idle = Duration::from_millis(300);
    let (probe, raw) = probe_in_redis(&redis_url(), Lifetimes { idle, ..lifetimes() }).await;
    probe.open(&probe.session()).await;
    let gone = async { while raw.0.exists::<bool, _>(key(probe.id)).await.unwrap() {} };
    tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
    assert_eq!(probe.check(0).await, Checked::Absent);
}

#[tokio::test]
async fn an_unreadable_live_session_fails_closed() {
    let broken = [
        ("member", "not-a-uuid"),
        ("role", "root"),
        ("authority", "many"),
        ("authenticated", "noon"),
        ("absolute", "midnight"),
        ("seen", "-1"),
    ];
    let (probe, raw) = probe().await;
    for (field, value) in broken {
        let _: () = raw.del(key(probe.id)).await.unwrap();
        probe.open(&probe.session()).await;
        let _: () = raw.hset(key(probe.id), (field, value)).await.unwrap();
        assert!(probe.live.check(probe.id, CheckMode::Peek).await.is_err(), "{field} = {value}");
        let _: () = raw.hdel(key(probe.id), field).await.unwrap();
        assert!(probe.live.check(probe.id, CheckMode::Peek).await.is_err(), "no {field}");
    }
    probe.close(EndReason::Logout).await;
    let _: () = raw.hset(key(probe.id), ("ended", "because")).await.unwrap();
    assert!(probe.live.check(probe.id, CheckMode::Peek).await.is_err());
    assert!(probe.live.open(probe.id, &probe.session()).await.is_err());
}

#[tokio::test]
async fn a_live_session_without_a_ttl_or_of_another_type_fails_closed() {
    let (probe, raw) = probe().await;
    probe.open(&probe.session()).await;
    let _: () = raw.persist(key(probe.id)).await.unwrap();
    assert!(probe.live.check(probe.id, CheckMode::Peek).await.is_err());
    let _: () = raw.set(key(probe.id), "x", None, None, false).await.unwrap();
    assert!(probe.live.check(probe.id, CheckMode::Peek).await.is_err());
    assert!(probe.live.open(probe.id, &probe.session()).await.is_err());
    // Closing still works.
    probe.close(EndReason::Reuse).await;
    assert_eq!(probe.check(0).await, Checked::Ended(EndReason::Reuse));
}

#[tokio::test]
async fn scripts_are_reloaded_after_redis_has_flushed_them() {
    let (probe, raw) = probe().await;
    let given = probe.session();
    probe.open(&given).await;
    probe.seen(0).await;
    let _: () = raw.script_flush(false).await.unwrap();
    probe.seen(1).await;
    let _: () = raw.script_flush(false).await.unwrap();
    assert_eq!(probe.open(&given).await, Opened::Live);
    let _: () = raw.script_flush(false).await.unwrap();
    probe.close(EndReason::Logout).await;
    assert_eq!(probe.check(0).await, Checked::Ended(EndReason::Logout));
}
