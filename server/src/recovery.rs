//! What an instance has to repeat after the live-session store failed, before it trusts the store again: ends of
//! sessions that were reported meanwhile may be missing there, or lost with a master. The sweeper closes them.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout_at},
};

/// Bounds how long live sessions wait for the sweeper once the store is available. Then availability wins: without its
/// database the sweeper closes nothing, and sessions that need no refresh are to go on.
const WITHIN: Duration = Duration::from_secs(2);

/// The ends that the sweeper has to close again.
#[derive(Debug, Default)]
pub struct Recovery {
    available: Arc<Notify>,
    state: watch::Sender<State>,
}

/// Failures are counted, so that a round makes up for those alone that it began after.
#[derive(Debug, Default)]
struct State {
    failures: u64,
    made_up_for: u64,
    /// When live sessions wait no longer, from the first success on
    until: Option<Instant>,
}

impl Recovery {
    /// That of a store that notifies `available` when it is available again.
    pub(crate) fn notified_by(available: Arc<Notify>) -> Self {
        Self { available, state: watch::Sender::default() }
    }

    /// Notified when the store is available again after a failure.
    pub(crate) fn notified(&self) -> &Arc<Notify> {
        &self.available
    }

    /// Returns when the store is available again after a failure.
    pub(crate) async fn available(&self) {
        self.available.notified().await;
    }

    /// Returns whether a round is due that closes everything again.
    pub(crate) fn is_due(&self) -> bool {
        self.state.borrow().is_due()
    }

    /// The number of failures so far.
    pub(crate) fn failures(&self) -> u64 {
        self.state.borrow().failures
    }

    /// Notes that a round that began after this many failures has closed everything.
    pub(crate) fn made_up_for(&self, failures: u64) {
        self.state.send_modify(|state| state.make_up_for(failures));
    }

    /// Notes that a command failed.
    pub(crate) fn failed(&self) {
        self.state.send_modify(State::fail);
    }

    /// Notes that the store is not called: the next success begins a recovery of its own.
    pub(crate) fn is_down(&self) {
        self.state.send_if_modified(State::go_down);
    }

    /// Notes that a command succeeded.
    pub(crate) fn succeeded(&self) {
        if self.is_due() {
            self.state.send_if_modified(|state| state.succeed(Instant::now()));
        }
    }

    /// Notes a new connection: the store that it leads to may have lost data.
    pub(crate) fn reconnected(&self) {
        self.failed();
        self.succeeded();
        self.available.notify_one();
    }

    /// Waits for the round that is due, if any, for a bounded time. Returns whether it has ended.
    pub(crate) async fn awaited(&self) -> bool {
        let Some(until) = self.state.borrow().waits_until() else { return false };
        let mut state = self.state.subscribe();
        timeout_at(until, state.wait_for(|state| !state.is_due())).await.is_ok()
    }
}

impl State {
    fn is_due(&self) -> bool {
        self.made_up_for < self.failures
    }

    fn waits_until(&self) -> Option<Instant> {
        self.until.filter(|_| self.is_due())
    }

    fn fail(&mut self) {
        self.failures += 1;
    }

    fn go_down(&mut self) -> bool {
        self.until.take().is_some()
    }

    /// A part of the store that goes on failing, as one node of a cluster, does not prolong the wait.
    fn succeed(&mut self, now: Instant) -> bool {
        let begins = self.is_due() && self.until.is_none();
        if begins {
            self.until = Some(now + WITHIN);
        }
        begins
    }

    fn make_up_for(&mut self, failures: u64) {
        self.made_up_for = failures;
        if !self.is_due() {
            self.until = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_failure_makes_live_sessions_wait() {
        let now = Instant::now();
        let mut state = State::default();
        state.succeed(now);
        assert_eq!(state.waits_until(), None);
        state.fail();
        state.succeed(now);
        assert_eq!(state.waits_until(), Some(now + WITHIN));
    }

    #[test]
    fn a_round_makes_up_only_for_failures_before_it() {
        let now = Instant::now();
        let mut state = State::default();
        state.fail();
        let before = state.failures;
        state.fail();
        state.succeed(now);
        state.make_up_for(before);
        assert_eq!(state.waits_until(), Some(now + WITHIN));
        state.make_up_for(state.failures);
        assert_eq!(state.waits_until(), None);
    }

    #[test]
    fn the_wait_is_bounded_in_each_outage() {
        let (begun, later) = (Instant::now(), Instant::now() + WITHIN);
        let mut state = State::default();
        for now in [begun, later] {
            state.fail();
            state.go_down();
            state.succeed(now);
            state.fail();
            state.succeed(now + WITHIN / 2);
            assert_eq!(state.waits_until(), Some(now + WITHIN));
        }
    }

    #[tokio::test]
    async fn whoever_waits_goes_on_when_the_round_has_ended() {
        let recovery = Recovery::default();
        assert!(!recovery.awaited().await);
        recovery.reconnected();
        let round = async {
            recovery.available().await;
            recovery.made_up_for(recovery.failures());
        };
        assert!(tokio::join!(recovery.awaited(), round).0);
        assert!(!recovery.awaited().await);
    }
}
