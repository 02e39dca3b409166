//! Checks whether the store is available and takes writes.

use domain::StoreError;
use fred::{
    clients::Client,
    interfaces::{ClientLike, ClusterInterface, KeysInterface},
    types::Expiration,
    util::redis_keyslot,
};
use uuid::Uuid;

use super::Redis;

/// Lifetime in seconds of the key of a test write.
const PROBE_SECONDS: i64 = 10;

/// Checks of this instance, with keys of its own.
#[derive(Debug, Clone)]
pub struct Probe {
    redis: Redis,
    instance: Uuid,
}

impl Probe {
    /// Checks of this store.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self { redis, instance: Uuid::new_v4() }
    }

    /// Checks that each node responds and takes writes: a full one, or one that has become a replica, refuses them and
    /// still responds.
    ///
    /// # Errors
    /// One of them does not.
    pub async fn check(&self) -> Result<(), StoreError> {
        tokio::try_join!(self.redis.ping(), self.write())?;
        Ok(())
    }

    async fn write(&self) -> Result<(), StoreError> {
        let failed = |error| StoreError::new("write to the session store", error);
        let client = self.redis.client().map_err(failed)?;
        for key in self.probe_keys(&client) {
            let expiration = Some(Expiration::EX(PROBE_SECONDS));
            client.set::<(), _, _>(key, "", expiration, None, false).await.map_err(failed)?;
        }
        Ok(())
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
