//! Memory use of the store. A full store with `noeviction` refuses every new session; so everything except sessions stays
//! out of its last quarter.

use domain::StoreError;
use fred::{error::Error, types::InfoKind};

use super::{
    Redis,
    info::{Info, MemoryUse},
};
use crate::room::Room;

/// In percent of the memory that the store may use.
const FULL: u64 = 75;

/// The memory of the store. Cloning shares what is known of it.
#[derive(Debug, Clone)]
pub struct Memory {
    redis: Redis,
    room: Room,
}

impl Memory {
    /// The memory of this store.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self { redis, room: Room::default() }
    }

    /// Returns whether there is room for a record that is not a session: each node uses less than three quarters of its
    /// memory. If the store is unavailable, there is none.
    pub async fn has_room(&self) -> bool {
        let asked = async {
            self.query().await.map_err(|error| StoreError::new("read the memory in use", error))
        };
        self.room.is_there(asked).await
    }

    async fn query(&self) -> Result<bool, Error> {
        let nodes = Info::of_nodes(&self.redis.client()?, Some(InfoKind::Memory)).await?;
        for node in nodes {
            if is_full(node.memory()?) {
                return Ok(true);
            }
        }
        Ok(false)
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
