//! Rate limits in Redis or Valkey. Two scripts, each atomic and one round trip.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{StoreError, limits::LimitKey};
use fred::error::Error;

use super::{Redis, script::Script};
use crate::{
    breaker::{self, Breaker, Guarded},
    limits::LimitStore,
    metrics::{Store, Times},
};

/// The limits in Redis or Valkey, behind a circuit of their own: a store that is full refuses them and still answers.
#[derive(Clone)]
pub struct RedisLimits {
    redis: Redis,
    take: Step,
    give_back: Step,
    breaker: Arc<Breaker>,
}

/// A step of the count.
#[derive(Clone)]
struct Step {
    /// Its name in logs and metrics
    operation: &'static str,
    script: Script,
    times: Times,
}

impl Step {
    fn new(operation: &'static str, script: &'static str) -> Self {
        let times = Times::of(Store::Limits, operation);
        Self { operation, script: Script::new(script), times }
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
        }
    }

    /// Runs a script, unless the circuit is open.
    async fn ask(
        &self,
        step: &Step,
        key: &LimitKey,
        arguments: Vec<String>,
    ) -> Result<u64, StoreError> {
        if !self.breaker.admits() {
            return Err(StoreError::new(step.operation, breaker::OPEN));
        }
        let name = key.name();
        let asked = step.script.run(&self.redis, &name, arguments);
        let answer: Result<u64, Error> = step.times.measure(asked).await;
        match &answer {
            Ok(_) => self.breaker.succeeded(),
            Err(error) => self.breaker.failed(error),
        }
        answer.map_err(|error| StoreError::new(step.operation, error))
    }
}

#[async_trait]
impl LimitStore for RedisLimits {
    async fn take(&self, key: &LimitKey) -> Result<Result<(), Duration>, StoreError> {
        let rate = key.limit().rate();
        let arguments = vec![microseconds(rate.every), microseconds(rate.every * rate.burst)];
        match self.ask(&self.take, key, arguments).await? {
            0 => Ok(Ok(())),
            wait => Ok(Err(Duration::from_micros(wait))),
        }
    }

    async fn give_back(&self, key: &LimitKey) -> Result<(), StoreError> {
        let arguments = vec![microseconds(key.limit().rate().every)];
        self.ask(&self.give_back, key, arguments).await.map(drop)
    }
}

fn microseconds(time: Duration) -> String {
    time.as_micros().to_string()
}
