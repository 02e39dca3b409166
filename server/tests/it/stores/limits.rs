//! Rate limits in a single Redis, in a cluster and in Postgres, and the fallback without them.

use std::{sync::Arc, time::Duration};

use domain::{
    limits::{Limit, Limits},
    session::keys::KeyRing,
};
use fred::{
    prelude::{ClientLike, KeysInterface},
    types::{CustomCommand, scan::ScanType},
};
use futures_util::{TryStreamExt, future::join_all};
use server::{
    limits::{LimitStore, SharedLimits},
    postgres::{PgLimits, clear_expired_visitors, connect},
    redis::{Redis, RedisLimits},
};
use tokio::time::{sleep, timeout};
use url::Url;
use uuid::Uuid;

use super::{
    database::{drop_database, fresh_database},
    live_sessions::cluster::CALM,
    outages::{Door, HEALED_WITHIN, soon},
    redis_server::cluster_url,
    redis_url,
};
use crate::helpers::raw_redis;

const LIMIT: Limit = Limit::LogInFailuresOfAccount;

/// The limits of several instances in this Redis, with a key ring of their own.
async fn limits_at(url: &str, instances: usize) -> Vec<Limits> {
    let mut stores = Vec::new();
    for _ in 0..instances {
        stores.push(RedisLimits::new(Redis::connect(url).await.unwrap()));
    }
    limits_in(stores)
}

/// The same in this database, each instance with connections of its own.
fn limits_in_postgres(url: &str, instances: usize) -> Vec<Limits> {
    limits_in((0..instances).map(|_| PgLimits::new(connect(url).unwrap())))
}

fn limits_in<S: LimitStore + 'static>(stores: impl IntoIterator<Item = S>) -> Vec<Limits> {
    let keys = KeyRing::parse(&KeyRing::new_entry("k1").unwrap()).unwrap();
    let limits = |store| Limits::new(Arc::new(SharedLimits::new(store)), &keys);
    stores.into_iter().map(limits).collect()
}

fn subject() -> String {
    Uuid::new_v4().to_string()
}

/// The number of parallel attempts that are admitted.
async fn let_through(limits: &[Limits], subject: &str, attempts: usize) -> usize {
    let attempts = (0..attempts).map(|number| limits[number % limits.len()].take(LIMIT, subject));
    join_all(attempts).await.into_iter().filter(Result::is_ok).count()
}

async fn keep_the_rules(limits: &[Limits]) {
    let (one, other) = (subject(), subject());
    assert_eq!(let_through(limits, &one, 100).await, 5);
    let limited = limits[1].take(LIMIT, &one).await.unwrap_err();
    assert_eq!(limited.limit, LIMIT);
    assert!(limited.retry_after > Duration::from_secs(30), "{:?}", limited.retry_after);
    assert!(limited.retry_after <= Duration::from_secs(60), "{:?}", limited.retry_after);
    assert_eq!(let_through(limits, &other, 6).await, 5, "subjects are counted apart");

    // An attempt given back at one instance is free at the other, and no more than that.
    limits[0].give_back(LIMIT, &one).await;
    assert_eq!(let_through(limits, &one, 10).await, 1);
    let fresh = subject();
    for _ in 0..10 {
        limits[0].give_back(LIMIT, &fresh).await;
    }
    assert_eq!(let_through(limits, &fresh, 20).await, 5);
}

#[tokio::test]
async fn a_limit_holds_over_all_instances() {
    keep_the_rules(&limits_at(&redis_url(), 2).await).await;
    let db = fresh_database().await;
    keep_the_rules(&limits_in_postgres(&db.url, 2)).await;
}

#[tokio::test]
async fn a_limit_holds_in_a_redis_cluster() {
    let _calm = CALM.read().await;
    keep_the_rules(&limits_at(&cluster_url().await, 2).await).await;
}

/// Uses up the limit, and returns once it admits another attempt.
async fn admits_another_in_time(limits: &Limits) {
    let (one, limit) = (subject(), Limit::UnsafeRequestsFromAddress);
    let mut last = Ok(());
    for _ in 0..3000 {
        last = limits.take(limit, &one).await;
        if last.is_err() {
            break;
        }
    }
    let wait = last.unwrap_err().retry_after;
    assert!(wait <= limit.rate().every, "{wait:?}");
    sleep(wait).await;
    assert!(limits.take(limit, &one).await.is_ok());
}

#[tokio::test]
async fn a_limit_admits_another_attempt_after_some_time() {
    admits_another_in_time(&limits_at(&redis_url(), 1).await[0]).await;
    let db = fresh_database().await;
    admits_another_in_time(&limits_in_postgres(&db.url, 1)[0]).await;
}

#[tokio::test]
async fn a_limit_in_postgres_reveals_no_subject_and_is_deleted_once_it_is_over() {
    let db = fresh_database().await;
    let limits = limits_in_postgres(&db.url, 1);
    let one = subject();
    limits[0].take(LIMIT, &one).await.unwrap();
    let rows = sqlx::query_scalar::<_, String>("select limits::text from limits");
    let rows = rows.fetch_all(&db.pool).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].contains(&one), "{rows:?}");
    assert_eq!(clear_expired_visitors(&db.database).await.unwrap().rows, 0);
    let pass = "update limits set arrives_at = now() - interval '1 second'";
    sqlx::query(pass).execute(&db.pool).await.unwrap();
    assert_eq!(let_through(&limits, &one, 10).await, 5, "what is over counts as absent");
    sqlx::query(pass).execute(&db.pool).await.unwrap();
    assert_eq!(clear_expired_visitors(&db.database).await.unwrap().rows, 1);
}

#[tokio::test]
async fn without_postgres_an_instance_counts_limits_by_itself() {
    let db = fresh_database().await;
    let limits = limits_in_postgres(&db.url, 2);
    let one = subject();
    drop_database(&db.url).await;
    for alone in limits.chunks(1) {
        assert_eq!(soon(let_through(alone, &one, 20)).await, 5);
    }
}

#[tokio::test]
async fn a_limits_key_expires_and_reveals_no_subject() {
    let raw = raw_redis(&redis_url()).await;
    let limits = limits_at(&redis_url(), 1).await;
    let one = subject();
    limits[0].take(LIMIT, &one).await.unwrap();
    let pattern = format!("limit:{}:*", LIMIT.as_str());
    let keys: Vec<String> = raw
        .scan_buffered(pattern, Some(1000), Some(ScanType::String))
        .map_ok(|key| key.as_str_lossy().into_owned())
        .try_collect()
        .await
        .unwrap();
    assert!(!keys.is_empty());
    for key in keys {
        assert!(!key.contains(&one), "{key}");
        let left: i64 = raw.pttl(&key).await.unwrap();
        // The key may have expired meanwhile.
        assert!(left == -2 || (1..=300_000).contains(&left), "{key} {left}");
    }
}

#[tokio::test]
async fn during_an_outage_an_instance_counts_limits_by_itself() {
    let mut door = Door::shut().await;
    door.open().await;
    let limits = limits_at(&door.url(), 2).await;
    let one = subject();
    door.close().await;
    for alone in limits.chunks(1) {
        assert_eq!(soon(let_through(alone, &one, 20)).await, 5);
    }
    door.open().await;
    let shared_again = async {
        loop {
            let fresh = subject();
            if let_through(&limits, &fresh, 20).await == 5 {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(HEALED_WITHIN, shared_again).await.expect("they count together again");
}

#[tokio::test]
async fn a_silent_limit_store_delays_requests_only_briefly() {
    let mut door = Door::shut().await;
    door.open().await;
    let limits = limits_at(&door.url(), 1).await;
    limits[0].take(LIMIT, &subject()).await.unwrap();
    door.silence();
    // Without the breaker each would take its timeout, forty seconds in all.
    let one_after_another = async {
        for _ in 0..100 {
            limits[0].take(LIMIT, &subject()).await.unwrap();
        }
    };
    soon(one_after_another).await;
}

#[tokio::test]
async fn an_instance_counts_limits_by_itself_if_the_store_refuses_writes() {
    let raw = raw_redis(&redis_url()).await;
    let user = format!("reader-{}", Uuid::new_v4().simple());
    let acl = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        raw.custom::<(), _>(CustomCommand::new_static("ACL", None, false), words)
    };
    acl(&["SETUSER", &user, "on", ">sesame", "~*", "+@all", "-set"]).await.unwrap();
    let mut url = Url::parse(&redis_url()).unwrap();
    url.set_username(&user).unwrap();
    url.set_password(Some("sesame")).unwrap();
    let limits = limits_at(url.as_str(), 1).await;
    assert_eq!(let_through(&limits, &subject(), 20).await, 5);
    acl(&["DELUSER", &user]).await.unwrap();
}
