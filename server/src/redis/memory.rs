//! Memory use of the store, and whether it still takes writes. A full store with `noeviction` refuses every new
//! session; so everything except sessions stays out of its last quarter.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use domain::StoreError;
use fred::{
    clients::Client,
    error::Error,
    interfaces::{ClientLike, ClusterInterface, KeysInterface},
    types::{Expiration, InfoKind},
    util::redis_keyslot,
};
use uuid::Uuid;

use super::{
    Redis,
    info::{Info, MemoryUse},
};

/// In percent of the memory that the store may use.
const FULL: u64 = 75;
/// Time after which a reading is stale.
const FRESH_FOR: Duration = Duration::from_secs(1);
/// Number of admitted records after which a reading is stale: a quarter of a small store is filled within a second.
const FRESH_RECORDS: u32 = 64;
/// Lifetime in seconds of the key of a test write.
const PROBE_SECONDS: i64 = 10;

/// The memory of the store as last read by this instance. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Memory {
    redis: Redis,
    seen: Arc<Mutex<Option<Seen>>>,
    admitted: Arc<AtomicU32>,
    instance: Uuid,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    at: Instant,
    is_full: bool,
}

impl Memory {
    /// The memory of this store.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self { redis, seen: Arc::default(), admitted: Arc::default(), instance: Uuid::new_v4() }
    }

    /// Returns whether there is room for a record that is not a session: each node uses less than three quarters of its
    /// memory. If the store is unavailable, there is none.
    pub async fn has_room(&self) -> bool {
        let is_full = match self.fresh_reading() {
            Some(is_full) => is_full,
            None => self.read().await,
        };
        if !is_full {
            self.admitted.fetch_add(1, Ordering::Relaxed);
        }
        !is_full
    }

    /// Checks that each node takes writes: a full one, or one that has become a replica, refuses them and still
    /// responds.
    ///
    /// # Errors
    /// One of them does not.
    pub async fn takes_writes(&self) -> Result<(), StoreError> {
        let failed = |error| StoreError::new("write to the session store", error);
        let client = self.redis.client().map_err(failed)?;
        for key in self.probe_keys(client) {
            let expiration = Some(Expiration::EX(PROBE_SECONDS));
            client.set::<(), _, _>(key, "", expiration, None, false).await.map_err(failed)?;
        }
        Ok(())
    }

    /// The last reading, while it is fresh. The first caller that finds it stale queries the store; until the answer
    /// comes, the others use the stale one, so that no lock is held across the query.
    fn fresh_reading(&self) -> Option<bool> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let last = seen.as_mut()?;
        let is_old = last.at.elapsed() >= FRESH_FOR;
        if is_old || self.admitted.load(Ordering::Relaxed) >= FRESH_RECORDS {
            last.at = Instant::now();
            self.admitted.store(0, Ordering::Relaxed);
            return None;
        }
        Some(last.is_full)
    }

    async fn read(&self) -> bool {
        let is_full = self.query().await.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "redis.memory_unknown");
            true
        });
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some(Seen { at: Instant::now(), is_full });
        is_full
    }

    async fn query(&self) -> Result<bool, Error> {
        let nodes = Info::of_nodes(self.redis.client()?, Some(InfoKind::Memory)).await?;
        for node in nodes {
            if is_full(node.memory()?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One key of this instance; in a cluster, one for each node that takes writes.
    fn probe_keys(&self, client: &Client) -> Vec<String> {
        let key = |number: u16| format!("ready:{}:{number}", self.instance);
        let Some(slots) = client.is_clustered().then(|| client.cached_cluster_state()).flatten()
        else {
            return vec![key(0)];
        };
        let is_kept_by =
            |key: &str, node| slots.get_server(redis_keyslot(key.as_bytes())) == Some(node);
        let of_node = |node| (0..u16::MAX).map(key).find(|key| is_kept_by(key, node));
        slots.unique_primary_nodes().iter().filter_map(of_node).collect()
    }
}

fn is_full(memory: MemoryUse) -> bool {
    u128::from(memory.used) * 100 > u128::from(memory.max) * u128::from(FULL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_full_for_visitors_beyond_three_quarters() {
        for (used, max, full) in [(75, 100, false), (76, 100, true)] {
            assert_eq!(is_full(MemoryUse { used, max }), full, "{used} of {max}");
        }
    }
}
