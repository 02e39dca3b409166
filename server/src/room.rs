//! Whether the store of visitor sessions has room for another record. Anybody can cause one, so the store is asked
//! before each is created; many requests share one answer.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use domain::StoreError;

/// Time after which a reading is stale.
const FRESH_FOR: Duration = Duration::from_secs(1);
/// Number of admitted records after which a reading is stale: a quarter of a small store is filled within a second.
const FRESH_RECORDS: u32 = 64;

/// The room of a store as last read by this instance. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Room {
    seen: Arc<Mutex<Option<Seen>>>,
    admitted: Arc<AtomicU32>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    at: Instant,
    is_full: bool,
}

impl Room {
    /// Returns whether there is room. `is_full` asks the store, if that is necessary; if it fails, there is none.
    pub(crate) async fn is_there(
        &self,
        is_full: impl Future<Output = Result<bool, StoreError>>,
    ) -> bool {
        let is_full = match self.fresh_reading() {
            Some(is_full) => is_full,
            None => self.read(is_full).await,
        };
        if !is_full {
            self.admitted.fetch_add(1, Ordering::Relaxed);
        }
        !is_full
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

    async fn read(&self, is_full: impl Future<Output = Result<bool, StoreError>>) -> bool {
        let is_full = is_full.await.unwrap_or_else(|error| {
            tracing::warn!(error = %domain::causes(&error), "visitors.room_unknown");
            true
        });
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some(Seen { at: Instant::now(), is_full });
        is_full
    }
}
