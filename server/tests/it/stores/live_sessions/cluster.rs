//! The front desk in a cluster of three nodes.

use async_trait::async_trait;
use domain::session::Lifetimes;

use super::{
    conformance::keeps_every_rule,
    desk::{Desk, Store},
    redis::desk_in_redis,
};

struct InCluster;

keeps_every_rule!(InCluster);

#[async_trait]
impl Store for InCluster {
    async fn desk_with(&self, lifetimes: Lifetimes) -> Desk {
        desk_in_redis(&cluster_url(), lifetimes).await.0
    }
}

fn cluster_url() -> String {
    std::env::var("REDIS_CLUSTER_URL")
        .expect("REDIS_CLUSTER_URL is set; `cargo xtask test` does so")
}
