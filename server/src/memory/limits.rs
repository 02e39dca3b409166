//! Rate limits that one instance counts by itself: while the shared store is unavailable, and for a test.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use domain::limits::{LimitKey, Limited, RateLimiter, step};

/// How many subjects are counted at most; beyond that the ones that have been let off go, and then the others
/// are not counted until there is room.
const SUBJECTS_MAX: usize = 50_000;

/// The limits of one instance. Cloning shares them.
#[derive(Clone)]
pub struct LocalLimits {
    began: Instant,
    arrivals: Arc<Mutex<HashMap<LimitKey, Duration>>>,
}

impl Default for LocalLimits {
    fn default() -> Self {
        Self { began: Instant::now(), arrivals: Arc::default() }
    }
}

#[async_trait]
impl RateLimiter for LocalLimits {
    async fn take(&self, key: &LimitKey) -> Result<(), Limited> {
        let now = self.began.elapsed();
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        let next = step(key.limit().rate(), arrivals.get(key).copied(), now)
            .map_err(|retry_after| Limited { limit: key.limit(), retry_after })?;
        if arrivals.len() >= SUBJECTS_MAX {
            arrivals.retain(|_, arrival| *arrival > now);
        }
        if arrivals.len() < SUBJECTS_MAX || arrivals.contains_key(key) {
            arrivals.insert(key.clone(), next);
        }
        Ok(())
    }

    async fn give_back(&self, key: &LimitKey) {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(arrival) = arrivals.get_mut(key) {
            *arrival = arrival.saturating_sub(key.limit().rate().every);
        }
    }
}
