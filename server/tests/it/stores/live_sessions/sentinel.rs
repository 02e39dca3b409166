//! The front desk in a Redis that a sentinel watches.

use async_trait::async_trait;
use domain::session::Lifetimes;

use super::{
    conformance::keeps_every_rule,
    desk::{Desk, Store},
    redis::desk_in_redis,
};

struct InSentinel;

keeps_every_rule!(InSentinel);

#[async_trait]
impl Store for InSentinel {
    async fn desk_with(&self, lifetimes: Lifetimes) -> Desk {
        desk_in_redis(&sentinel_url(), lifetimes).await.0
    }
}

fn sentinel_url() -> String {
    std::env::var("REDIS_SENTINEL_URL")
        .expect("REDIS_SENTINEL_URL is set; `cargo xtask test` does so")
}
