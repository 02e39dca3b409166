//! A circuit breaker in front of the live-session store. While a store fails or hangs, it is not called for a moment:
//! requests fail at once instead of each after its timeout, and the store can recover. Then a single request probes it.
//!
//! Fails closed like the store itself: an open circuit is a [`StoreError`], never "logged out".

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
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

const CIRCUIT_OPEN: &str = "session_store_circuit_open";
/// Number of failures in a row that open the circuit.
const FAILURES: u32 = 5;
/// Time that the circuit stays open at first. Doubled with each probe that fails, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Bounds how long an instance goes on refusing once the store is available again.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Timeout of a probe: one whose request was dropped must not keep the circuit open for ever.
const PROBE_WITHIN: Duration = Duration::from_secs(2);

/// Describes the gauge of the circuit, and initialises it.
pub(crate) fn describe() {
    describe_gauge!(CIRCUIT_OPEN, "1 while a failing live-session store is not called");
    gauge!(CIRCUIT_OPEN).set(0.0);
}

/// The live-session store behind its breaker.
pub struct Breaker {
    store: Arc<dyn LiveSessions>,
    circuit: Mutex<Circuit>,
    recovered: Arc<Notify>,
}

impl Breaker {
    /// Guards `store`, and notifies `recovered` when it is available again after a failure.
    pub fn new(store: Arc<dyn LiveSessions>, recovered: Arc<Notify>) -> Self {
        Self { store, circuit: Mutex::default(), recovered }
    }

    async fn guard<T>(
        &self,
        operation: &'static str,
        asked: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        if !self.circuit().admits(Instant::now()) {
            return Err(StoreError::new(
                operation,
                "the circuit is open, because the store keeps failing",
            ));
        }
        let answer = asked.await;
        match self.circuit().note(&answer) {
            Change::None => {}
            Change::Opened => {
                gauge!(CIRCUIT_OPEN).set(1.0);
                tracing::warn!(operation, "live_sessions.circuit_opened");
            }
            Change::Recovered => {
                gauge!(CIRCUIT_OPEN).set(0.0);
                tracing::info!(operation, "live_sessions.recovered");
                self.recovered.notify_one();
            }
        }
        answer
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl LiveSessions for Breaker {
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError> {
        self.guard("open a live session", self.store.open(id, session)).await
    }

    async fn check(&self, id: SessionId, mode: CheckMode) -> Result<Checked, StoreError> {
        self.guard("check a live session", self.store.check(id, mode)).await
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        self.guard("close a live session", self.store.close(id, reason)).await
    }
}

/// Change of the circuit by a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    None,
    Opened,
    Recovered,
}

/// Decides whether a store is called, by its previous results.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Circuit {
    /// All calls are admitted. Holds the number of failures since the last success.
    Closed { failures: u32 },
    /// No call is admitted until then; the first one after it is the probe.
    Open { until: Instant, pause: Duration },
}

impl Default for Circuit {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Circuit {
    /// Returns whether a call is admitted now.
    pub(crate) fn admits(&mut self, now: Instant) -> bool {
        match self {
            Self::Closed { .. } => true,
            Self::Open { until, .. } if now < *until => false,
            Self::Open { until, .. } => {
                *until = now + PROBE_WITHIN;
                true
            }
        }
    }

    /// Notes the result of a call.
    pub(crate) fn note<T, E>(&mut self, result: &Result<T, E>) -> Change {
        match result {
            Ok(_) => self.succeeded(),
            Err(_) => self.failed(Instant::now()),
        }
    }

    fn succeeded(&mut self) -> Change {
        match std::mem::take(self) {
            Self::Closed { failures: 0 } => Change::None,
            Self::Closed { .. } | Self::Open { .. } => Change::Recovered,
        }
    }

    fn failed(&mut self, now: Instant) -> Change {
        match *self {
            Self::Closed { failures } if failures + 1 < FAILURES => {
                *self = Self::Closed { failures: failures + 1 };
                Change::None
            }
            Self::Closed { .. } => {
                *self = Self::Open { until: now + FIRST_PAUSE, pause: FIRST_PAUSE };
                Change::Opened
            }
            Self::Open { pause, .. } => {
                let pause = (pause * 2).min(LONGEST_PAUSE);
                *self = Self::Open { until: now + pause, pause };
                Change::None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;

    fn opened(now: Instant) -> Circuit {
        let mut circuit = Circuit::default();
        for _ in 1..FAILURES {
            assert_eq!(circuit.failed(now), Change::None);
        }
        assert_eq!(circuit.failed(now), Change::Opened);
        circuit
    }

    #[test]
    fn only_failures_in_a_row_open_the_circuit() {
        let now = Instant::now();
        let mut circuit = Circuit::default();
        for _ in 0..3 {
            for _ in 1..FAILURES {
                circuit.failed(now);
            }
            assert_eq!(circuit.succeeded(), Change::Recovered);
        }
        assert!(circuit.admits(now));
        assert!(!opened(now).admits(now));
    }

    #[test]
    fn after_the_pause_one_probe_is_admitted_and_its_answer_decides() {
        let now = Instant::now();
        let mut circuit = opened(now);
        let later = now + FIRST_PAUSE;
        assert!(circuit.admits(later));
        assert!(!circuit.admits(later), "one probe is enough");
        assert_eq!(circuit.failed(later), Change::None);
        assert!(!circuit.admits(later + FIRST_PAUSE), "the pause has doubled");
        assert!(circuit.admits(later + FIRST_PAUSE * 2));
        assert_eq!(circuit.succeeded(), Change::Recovered);
        assert!(circuit.admits(later) && circuit.admits(later));
    }

    #[test]
    fn the_pause_is_bounded_and_a_lost_probe_is_replaced() {
        let now = Instant::now();
        let mut circuit = opened(now);
        for _ in 0..20 {
            circuit.failed(now);
        }
        assert!(circuit.admits(now + LONGEST_PAUSE));
        assert!(circuit.admits(now + LONGEST_PAUSE + PROBE_WITHIN));
    }

    /// Counts calls, and fails while it is broken.
    struct CountingStore {
        asked: AtomicU32,
        is_broken: AtomicBool,
    }

    #[async_trait]
    impl LiveSessions for CountingStore {
        async fn open(&self, _: SessionId, _: &LiveSession) -> Result<Opened, StoreError> {
            Ok(Opened::Live)
        }

        async fn check(&self, _: SessionId, _: CheckMode) -> Result<Checked, StoreError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            if self.is_broken.load(Ordering::Relaxed) {
                return Err(StoreError::new("check", "broken on purpose"));
            }
            Ok(Checked::Absent)
        }

        async fn close(&self, _: SessionId, _: EndReason) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_failing_store_is_not_called_and_its_recovery_is_notified() {
        let store =
            Arc::new(CountingStore { asked: AtomicU32::new(0), is_broken: AtomicBool::new(true) });
        let recovered = Arc::new(Notify::new());
        let guarded = Breaker::new(store.clone(), Arc::clone(&recovered));
        let id = SessionId::random();
        for _ in 0..100 {
            assert!(guarded.check(id, CheckMode::Peek).await.is_err());
        }
        let asked = store.asked.load(Ordering::Relaxed);
        assert!((FAILURES..20).contains(&asked), "{asked}");

        store.is_broken.store(false, Ordering::Relaxed);
        let healed = async {
            while guarded.check(id, CheckMode::Peek).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONGEST_PAUSE * 2, healed).await.unwrap();
        tokio::time::timeout(LONGEST_PAUSE, recovered.notified()).await.unwrap();
    }
}
