//! Single flight: calls with equal keys share the output of the first one while it runs.
//!
//! Once a call is sealed ([`Seal`]), others no longer join it: a caller that comes after something has changed must not
//! get what was decided before.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::task::JoinError;
use tracing::Instrument;

/// Outcome of a shared call; an `Err` is its panic.
type Outcome<V> = Result<V, Arc<JoinError>>;
type Calls<K, V> = HashMap<K, Shared<BoxFuture<'static, Outcome<V>>>>;

/// The calls under way in this process. Cloning shares them.
pub struct SingleFlight<K, V>(Arc<Mutex<Calls<K, V>>>);

impl<K, V> SingleFlight<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Joins the call of this key, or starts it. It runs to its end even if every caller is dropped.
    ///
    /// # Errors
    /// The call panicked.
    pub async fn join<F>(
        &self,
        key: K,
        start: impl FnOnce(Seal<K, V>) -> F + Send + 'static,
    ) -> Outcome<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let call = {
            let mut calls = self.lock();
            match calls.get(&key) {
                Some(call) => call.clone(),
                None => {
                    let seal = Seal { calls: self.clone(), key: Some(key.clone()) };
                    // Started within its task, so that it does not panic under the lock that is held here.
                    let started = async move { start(seal).await };
                    let call = tokio::spawn(started.in_current_span())
                        .map(|joined| joined.map_err(Arc::new))
                        .boxed()
                        .shared();
                    calls.insert(key, call.clone());
                    call
                }
            }
        };
        call.await
    }
}

impl<K, V> SingleFlight<K, V> {
    fn lock(&self) -> MutexGuard<'_, Calls<K, V>> {
        // Nothing done under the lock can leave the map inconsistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Clone for SingleFlight<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, V> fmt::Debug for SingleFlight<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SingleFlight({})", self.lock().len())
    }
}

/// Keeps a call open to be joined. Dropping it seals the call, at the latest when the call ends or panics.
pub struct Seal<K: Eq + Hash, V> {
    calls: SingleFlight<K, V>,
    key: Option<K>,
}

impl<K: Eq + Hash, V> Seal<K, V> {
    /// Seals the call: from now on the same key starts another one.
    pub fn seal(&mut self) {
        // Once: by the time that this call ends, the entry may be another call's.
        if let Some(key) = self.key.take() {
            self.calls.lock().remove(&key);
        }
    }
}

impl<K: Eq + Hash, V> Drop for Seal<K, V> {
    fn drop(&mut self) {
        self.seal();
    }
}

#[cfg(test)]
mod tests;
