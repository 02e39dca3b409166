//! Rate limits that one instance counts by itself, while the shared store is unavailable and in tests.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use domain::limits::{LimitKey, Limited, RateLimiter, step};

/// Number of subjects that are counted individually. A flood of new ones neither evicts them nor goes uncounted: from
/// there on new subjects share [`LimitKey::shared`] keys, some thousands in all.
const SUBJECTS_MAX: usize = 50_000;
/// Pause between two searches for subjects that need no longer be counted, since a search is slow.
const CLEAR_EVERY: Duration = Duration::from_secs(1);

/// The limits of one instance. Cloning shares them.
#[derive(Clone)]
pub struct LocalLimits {
    began: Instant,
    subjects_max: usize,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    /// Theoretical arrival times, since the beginning
    arrivals: HashMap<LimitKey, Duration>,
    cleared_at: Duration,
}

impl Default for LocalLimits {
    fn default() -> Self {
        Self::with_room_for(SUBJECTS_MAX)
    }
}

impl LocalLimits {
    fn with_room_for(subjects_max: usize) -> Self {
        Self { began: Instant::now(), subjects_max, counts: Arc::default() }
    }

    /// The key under which a subject is counted now.
    fn counted_as(&self, counts: &mut Counts, key: &LimitKey, now: Duration) -> LimitKey {
        if counts.arrivals.len() >= self.subjects_max && now >= counts.cleared_at + CLEAR_EVERY {
            counts.cleared_at = now;
            counts.arrivals.retain(|_, arrival| *arrival > now);
            if counts.arrivals.len() >= self.subjects_max {
                tracing::warn!("limits.local_crowded");
            }
        }
        let is_full = counts.arrivals.len() >= self.subjects_max;
        if is_full && !counts.arrivals.contains_key(key) { key.shared() } else { key.clone() }
    }
}

#[async_trait]
impl RateLimiter for LocalLimits {
    async fn take(&self, key: &LimitKey) -> Result<(), Limited> {
        let now = self.began.elapsed();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let key = self.counted_as(&mut counts, key, now);
        let next = step(key.limit().rate(), counts.arrivals.get(&key).copied(), now)
            .map_err(|retry_after| Limited { limit: key.limit(), retry_after })?;
        counts.arrivals.insert(key, next);
        Ok(())
    }

    async fn give_back(&self, key: &LimitKey) {
        let now = self.began.elapsed();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let key = self.counted_as(&mut counts, key, now);
        if let Some(arrival) = counts.arrivals.get_mut(&key) {
            *arrival = arrival.saturating_sub(key.limit().rate().every);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        limits::{Limit, Limits},
        session::keys::KeyRing,
    };

    use super::*;

    const LIMIT: Limit = Limit::LogInFailuresOfAccount;

    fn limits(local: &LocalLimits) -> Limits {
        let keys = KeyRing::parse("k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=").unwrap();
        Limits::new(Arc::new(local.clone()), &keys)
    }

    async fn use_up(limits: &Limits, subject: &str) {
        for _ in 0..LIMIT.rate().burst {
            limits.take(LIMIT, subject).await.unwrap();
        }
        assert!(limits.take(LIMIT, subject).await.is_err());
    }

    #[tokio::test]
    async fn attempts_given_back_can_be_taken_again() {
        let limits = limits(&LocalLimits::default());
        use_up(&limits, "hana").await;
        limits.give_back(LIMIT, "hana").await;
        assert!(limits.take(LIMIT, "hana").await.is_ok());
        assert!(limits.take(LIMIT, "hana").await.is_err());
    }

    #[tokio::test]
    async fn a_flood_of_new_subjects_frees_nobody_and_is_counted_itself() {
        let local = LocalLimits::with_room_for(10);
        let limits = limits(&local);
        use_up(&limits, "hana").await;
        let mut refused = 0;
        for number in 0..10_000 {
            if limits.take(LIMIT, &format!("stranger {number}")).await.is_err() {
                refused += 1;
            }
        }
        assert!(limits.take(LIMIT, "hana").await.is_err());
        // 256 keys are shared, each good for its burst.
        let burst = usize::try_from(LIMIT.rate().burst).unwrap();
        assert!(refused >= 10_000 - 10 - 256 * burst, "{refused}");
        assert!(local.counts.lock().unwrap().arrivals.len() <= 10 + 256);
    }
}
