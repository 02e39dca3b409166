//! The state that Redis reports, for metrics.

use server::redis::Redis;
use tokio::time::timeout;

use super::{outages::HEALED_WITHIN, redis_server::RedisServer};

#[tokio::test]
async fn a_store_that_evicts_and_has_no_replica_reports_that() {
    let bounded = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"];
    let server = RedisServer::start(&bounded).await;
    let redis = Redis::connect(&server.url()).await.unwrap();
    let vitals = redis.vitals().await.unwrap();
    assert_eq!((vitals.replicas, vitals.may_evict), (0, true));
    assert!((0.001..0.5).contains(&vitals.memory_used), "{}", vitals.memory_used);
}

#[tokio::test]
async fn a_replica_is_counted_while_it_is_connected() {
    let server = RedisServer::start(&[]).await;
    let port = server.port().to_string();
    let replica = RedisServer::start(&["--replicaof", "127.0.0.1", &port]).await;
    let redis = Redis::connect(&server.url()).await.unwrap();
    let counted = async |replicas: u64| {
        while redis.vitals().await.unwrap().replicas != replicas {}
    };
    timeout(HEALED_WITHIN, counted(1)).await.unwrap();
    assert!(!redis.vitals().await.unwrap().may_evict);
    drop(replica);
    timeout(HEALED_WITHIN, counted(0)).await.unwrap();
}
