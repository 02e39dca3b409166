//! Rate limits that all instances share. While their store is unavailable, or too full to count, the instance counts by
//! itself, without waiting to find that out: the store has a circuit.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    StoreError, counters,
    limits::{LimitKey, Limited, RateLimiter},
};

use crate::memory::LocalLimits;

/// A store that counts attempts for all instances.
#[async_trait]
pub trait LimitStore: Send + Sync {
    /// Counts one attempt in one atomic step, or returns the time to wait for it.
    async fn take(&self, key: &LimitKey) -> Result<Result<(), Duration>, StoreError>;

    /// Gives one attempt back.
    async fn give_back(&self, key: &LimitKey) -> Result<(), StoreError>;
}

/// The limits in a store, and those of this instance for when it is unavailable.
#[derive(Clone)]
pub struct SharedLimits {
    store: Arc<dyn LimitStore>,
    local: LocalLimits,
}

impl SharedLimits {
    /// Keeps limits in this store.
    #[must_use]
    pub fn new(store: impl LimitStore + 'static) -> Self {
        Self { store: Arc::new(store), local: LocalLimits::default() }
    }
}

#[async_trait]
impl RateLimiter for SharedLimits {
    async fn take(&self, key: &LimitKey) -> Result<(), Limited> {
        match self.store.take(key).await {
            Ok(taken) => taken.map_err(|retry_after| Limited { limit: key.limit(), retry_after }),
            Err(_) => {
                counters::limited_locally();
                self.local.take(key).await
            }
        }
    }

    async fn give_back(&self, key: &LimitKey) {
        if self.store.give_back(key).await.is_err() {
            self.local.give_back(key).await;
        }
    }
}
