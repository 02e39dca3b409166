//! The state of a circuit and its transitions, with time passed in.

use std::time::{Duration, Instant};

/// Time that the circuit stays open at first. Doubled with each probe that fails, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Bounds how long an instance goes on refusing once the store is available again.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Timeout of a probe: one whose request was dropped must not keep the circuit open for ever.
const PROBE_WITHIN: Duration = Duration::from_secs(2);

/// Change of the circuit by a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Opened,
    Recovered,
}

/// Decides whether a store is called, by its previous results.
#[derive(Debug, Clone, Copy)]
pub(super) enum Circuit {
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
    pub(super) fn admits(&mut self, now: Instant) -> bool {
        match self {
            Self::Closed { .. } => true,
            Self::Open { until, .. } if now < *until => false,
            Self::Open { until, .. } => {
                *until = now + PROBE_WITHIN;
                true
            }
        }
    }

    /// Notes a success, which closes the circuit.
    pub(super) fn succeeded(&mut self) -> Change {
        match std::mem::take(self) {
            Self::Closed { failures: 0 } => Change::None,
            Self::Closed { .. } | Self::Open { .. } => Change::Recovered,
        }
    }

    /// Notes a failure. After `most` in a row the circuit opens.
    pub(super) fn failed(&mut self, now: Instant, most: u32) -> Change {
        match *self {
            Self::Closed { failures } if failures + 1 < most => {
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
    use super::*;

    const MOST: u32 = 5;

    fn opened(now: Instant) -> Circuit {
        let mut circuit = Circuit::default();
        for _ in 1..MOST {
            assert_eq!(circuit.failed(now, MOST), Change::None);
        }
        assert_eq!(circuit.failed(now, MOST), Change::Opened);
        circuit
    }

    #[test]
    fn only_failures_in_a_row_open_the_circuit() {
        let now = Instant::now();
        let mut circuit = Circuit::default();
        for _ in 0..3 {
            for _ in 1..MOST {
                circuit.failed(now, MOST);
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
        assert_eq!(circuit.failed(later, MOST), Change::None);
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
            circuit.failed(now, MOST);
        }
        assert!(circuit.admits(now + LONGEST_PAUSE));
        assert!(circuit.admits(now + LONGEST_PAUSE + PROBE_WITHIN));
    }
}
