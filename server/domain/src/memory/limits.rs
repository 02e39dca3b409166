//! Rate limits in memory, by the world's clock.

use std::time::Duration;

use async_trait::async_trait;

use super::{InMemory, noon};
use crate::limits::{LimitKey, Limited, RateLimiter, step};

impl InMemory {
    fn since_the_beginning(now: time::OffsetDateTime) -> Duration {
        let elapsed = now - noon();
        // Far from zero, so that an arrival time can be moved back.
        Duration::try_from(elapsed).unwrap_or_default() + Duration::from_secs(1_000_000)
    }
}

#[async_trait]
impl RateLimiter for InMemory {
    async fn take(&self, key: &LimitKey) -> Result<(), Limited> {
        let mut state = self.state();
        let now = Self::since_the_beginning(state.now);
        let arrival = state.taken.get(key).copied();
        match step(key.limit().rate(), arrival, now) {
            Ok(next) => {
                state.taken.insert(key.clone(), next);
                Ok(())
            }
            Err(retry_after) => Err(Limited { limit: key.limit(), retry_after }),
        }
    }

    async fn give_back(&self, key: &LimitKey) {
        let mut state = self.state();
        if let Some(arrival) = state.taken.get_mut(key) {
            *arrival -= key.limit().rate().every;
        }
    }
}
