//! Rate limits that all instances share. Two scripts, each atomic and one round trip. While the store is unavailable,
//! or too full to count, the instance counts by itself, without waiting to find that out.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    counters,
    limits::{LimitKey, Limited, RateLimiter},
};
use fred::error::Error;

use super::{Redis, script::Script};
use crate::{
    breaker::{Breaker, Guarded},
    memory::LocalLimits,
    metrics::{Store, Times},
};

/// The limits in Redis or Valkey, and those of this instance for when it is unavailable.
#[derive(Clone)]
pub struct RedisLimits {
    redis: Redis,
    take: Step,
    give_back: Step,
    breaker: Arc<Breaker>,
    local: LocalLimits,
}

/// A step of the count.
#[derive(Clone)]
struct Step {
    script: Script,
    times: Times,
}

impl Step {
    fn new(operation: &'static str, script: &'static str) -> Self {
        Self { script: Script::new(script), times: Times::of(Store::Limits, operation) }
    }
}

impl RedisLimits {
    /// Keeps limits in this store.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self {
            redis,
            take: Step::new("count an attempt", include_str!("take.lua")),
            give_back: Step::new("give an attempt back", include_str!("give_back.lua")),
            breaker: Arc::new(Breaker::new(Guarded::Limits, Arc::default())),
            local: LocalLimits::default(),
        }
    }

    /// Calls the store, if it is not failing. `None`: it is unavailable.
    async fn ask(&self, step: &Step, key: &LimitKey, arguments: Vec<String>) -> Option<u64> {
        if !self.breaker.admits() {
            return None;
        }
        let name = key.name();
        let asked = step.script.run(&self.redis, &name, arguments);
        let answer: Result<u64, Error> = step.times.measure(asked).await;
        match answer {
            Ok(answer) => {
                self.breaker.succeeded();
                Some(answer)
            }
            Err(error) => {
                self.breaker.failed(&error);
                None
            }
        }
    }
}

#[async_trait]
impl RateLimiter for RedisLimits {
    async fn take(&self, key: &LimitKey) -> Result<(), Limited> {
        let rate = key.limit().rate();
        let arguments = vec![microseconds(rate.every), microseconds(rate.every * rate.burst)];
        match self.ask(&self.take, key, arguments).await {
            Some(0) => Ok(()),
            Some(wait) => {
                Err(Limited { limit: key.limit(), retry_after: Duration::from_micros(wait) })
            }
            None => {
                counters::limited_locally();
                self.local.take(key).await
            }
        }
    }

    async fn give_back(&self, key: &LimitKey) {
        let arguments = vec![microseconds(key.limit().rate().every)];
        if self.ask(&self.give_back, key, arguments).await.is_none() {
            self.local.give_back(key).await;
        }
    }
}

fn microseconds(time: Duration) -> String {
    time.as_micros().to_string()
}
