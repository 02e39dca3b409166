//! Circuit breakers in front of the stores. While a store fails or hangs, it is not called for a moment: requests fail
//! at once instead of each after its timeout, and the store can recover. Then a single request probes it.
//!
//! Fails closed like the stores themselves: an open circuit is a failed store, never "logged out".

mod circuit;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use async_trait::async_trait;
use domain::{
    StoreError,
    session::{
        EndReason, LiveSession, SessionId,
        ports::{CheckMode, Checked, LiveSessions, Opened},
    },
};
use metrics::{describe_gauge, gauge};
use tokio::sync::Notify;

use self::circuit::{Change, Circuit};
use crate::{
    metrics::{Store, Times},
    recovery::Recovery,
};

/// What an open circuit is reported as.
pub(crate) const OPEN: &str = "the circuit is open, because the store keeps failing";

/// A store that has a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guarded {
    /// The live-session store, unless it is the database
    LiveSessions,
    /// The store of limits, unless it is the database
    Limits,
    /// Postgres, whatever it holds
    Database,
}

impl Guarded {
    /// The number of failures in a row that open the circuit. Few enough that a request that goes on after a failure
    /// does not wait for the same store much longer.
    const fn failures(self) -> u32 {
        match self {
            Self::LiveSessions | Self::Limits => 5,
            // Its timeouts are longer.
            Self::Database => 3,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::LiveSessions => "live sessions",
            Self::Limits => "limits",
            Self::Database => "database",
        }
    }

    /// Limits have none: an instance goes on without their store, and counts that.
    const fn gauge(self) -> Option<&'static str> {
        match self {
            Self::LiveSessions => Some("session_store_circuit_open"),
            Self::Limits => None,
            Self::Database => Some("database_circuit_open"),
        }
    }

    fn show(self, is_open: bool) {
        if let Some(name) = self.gauge() {
            gauge!(name).set(if is_open { 1.0 } else { 0.0 });
        }
    }
}

/// Describes the gauges of the circuits, and initialises them.
pub(crate) fn describe() {
    for store in [Guarded::LiveSessions, Guarded::Limits, Guarded::Database] {
        if let Some(name) = store.gauge() {
            describe_gauge!(
                name,
                format!("1 while a failing store ({}) is not called", store.name())
            );
        }
        store.show(false);
    }
}

/// The circuit of one store, shared by everything that calls it.
#[derive(Debug)]
pub(crate) struct Breaker {
    store: Guarded,
    circuit: Mutex<Circuit>,
    recovered: Arc<Notify>,
}

impl Breaker {
    /// The closed circuit of a store. Notifies `recovered` when the store is available again after a failure.
    pub(crate) fn new(store: Guarded, recovered: Arc<Notify>) -> Self {
        Self { store, circuit: Mutex::default(), recovered }
    }

    /// Notified when the store is available again after a failure.
    pub(crate) fn recovered(&self) -> &Arc<Notify> {
        &self.recovered
    }

    /// Returns whether the store may be called now. Whoever is told so notes the outcome.
    pub(crate) fn admits(&self) -> bool {
        self.circuit().admits(Instant::now())
    }

    /// Notes that the store answered.
    pub(crate) fn succeeded(&self) {
        let change = self.circuit().succeeded();
        if change == Change::Recovered {
            self.store.show(false);
            tracing::info!(store = self.store.name(), "store.recovered");
            self.recovered.notify_one();
        }
    }

    /// Notes that the store failed.
    pub(crate) fn failed(&self, error: &(dyn std::error::Error + 'static)) {
        let change = self.circuit().failed(Instant::now(), self.store.failures());
        if change == Change::Opened {
            self.store.show(true);
            tracing::warn!(
                store = self.store.name(),
                error = %domain::causes(error),
                "store.circuit_opened"
            );
        }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A live-session store behind its breaker.
pub struct GuardedSessions {
    store: Arc<dyn LiveSessions>,
    breaker: Breaker,
    recovery: Arc<Recovery>,
    opening: Operation,
    checking: Operation,
    closing: Operation,
}

/// One operation of the store.
struct Operation {
    /// Its name in logs and metrics
    name: &'static str,
    times: Times,
}

impl Operation {
    fn new(name: &'static str) -> Self {
        Self { name, times: Times::of(Store::LiveSessions, name) }
    }
}

impl GuardedSessions {
    /// Guards `store`, and tells `recovery` what happens to it.
    pub fn new(store: Arc<dyn LiveSessions>, recovery: Arc<Recovery>) -> Self {
        let recovered = Arc::clone(recovery.notified());
        Self {
            store,
            breaker: Breaker::new(Guarded::LiveSessions, recovered),
            recovery,
            opening: Operation::new("open a live session"),
            checking: Operation::new("check a live session"),
            closing: Operation::new("close a live session"),
        }
    }

    async fn guard<T>(
        &self,
        operation: &Operation,
        asked: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        if !self.breaker.admits() {
            self.recovery.is_down();
            return Err(StoreError::new(operation.name, OPEN));
        }
        let answer = operation.times.measure(asked).await;
        match &answer {
            Ok(_) => {
                self.recovery.succeeded();
                self.breaker.succeeded();
            }
            Err(error) => {
                self.recovery.failed();
                self.breaker.failed(error);
            }
        }
        answer
    }
}

#[async_trait]
impl LiveSessions for GuardedSessions {
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError> {
        self.guard(&self.opening, self.store.open(id, session)).await
    }

    async fn check(&self, id: SessionId, mode: CheckMode) -> Result<Checked, StoreError> {
        let check = || self.guard(&self.checking, self.store.check(id, mode));
        match check().await {
            // Its end may be missing, if it was reported while the store was unavailable.
            Ok(Checked::Live { .. }) if self.recovery.awaited().await => check().await,
            checked => checked,
        }
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        self.guard(&self.closing, self.store.close(id, reason)).await
    }
}

#[cfg(test)]
mod tests;
