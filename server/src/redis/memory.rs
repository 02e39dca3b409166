//! Memory use of the store, and whether it still takes writes. A full store with `noeviction` refuses every new
//! session; so everything except sessions stays out of its last quarter.

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
use crate::room::Room;

/// In percent of the memory that the store may use.
const FULL: u64 = 75;
/// Lifetime in seconds of the key of a test write.
const PROBE_SECONDS: i64 = 10;

/// The memory of the store. Cloning shares what is known of it.
#[derive(Debug, Clone)]
pub struct Memory {
    redis: Redis,
    room: Room,
    instance: Uuid,
}

impl Memory {
    /// The memory of this store.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self { redis, room: Room::default(), instance: Uuid::new_v4() }
    }

    /// Returns whether there is room for a record that is not a session: each node uses less than three quarters of its
    /// memory. If the store is unavailable, there is none.
    pub async fn has_room(&self) -> bool {
        let asked = async {
            self.query().await.map_err(|error| StoreError::new("read the memory in use", error))
        };
        self.room.is_there(asked).await
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
