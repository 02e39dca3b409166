//! The live-session store in an instance's memory.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use domain::session::{
    EndReason, Lifetimes, SessionId,
    ports::{CheckMode, Checked, LiveSessions, Opened},
};
use server::memory::MemoryLiveSessions;
use time::OffsetDateTime;

use super::{
    super::lifetimes,
    conformance::keeps_every_rule,
    probe::{Behind, Probe, Store},
};

struct InMemory;

keeps_every_rule!(InMemory);

#[async_trait]
impl Store for InMemory {
    async fn probe_with(&self, lifetimes: Lifetimes) -> Probe {
        let clock = HandClock::new();
        Probe::new(small_store(&lifetimes, 1000, &clock), clock)
    }
}

/// A clock set by hand.
#[derive(Clone)]
struct HandClock(Arc<Mutex<OffsetDateTime>>);

impl HandClock {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(OffsetDateTime::now_utc())))
    }
}

#[async_trait]
impl Behind for HandClock {
    async fn pass(&self, _: SessionId, time: Duration) {
        *self.0.lock().unwrap() += time;
    }

    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

fn small_store(lifetimes: &Lifetimes, capacity: usize, clock: &HandClock) -> MemoryLiveSessions {
    let clock = clock.clone();
    MemoryLiveSessions::new(lifetimes, capacity, Arc::new(move || clock.now()))
}

#[tokio::test]
async fn a_full_memory_store_refuses_new_sessions_and_keeps_existing_ones() {
    let clock = HandClock::new();
    let live = small_store(&lifetimes(), 2, &clock);
    let probe = Probe::new(live.clone(), clock);
    let session = probe.session();
    probe.open(&session).await;
    let closed = SessionId::random();
    live.close(closed, EndReason::Logout).await.unwrap();

    let new = SessionId::random();
    assert!(live.open(new, &session).await.is_err());
    assert!(live.close(new, EndReason::Logout).await.is_err());
    assert_eq!(live.check(new, CheckMode::Peek).await.unwrap(), Checked::Absent);

    assert_eq!(probe.open(&session).await, Opened::Live);
    probe.seen(1).await;
    probe.close(EndReason::Revoked).await;
    assert_eq!(probe.check(1).await, Checked::Ended(EndReason::Revoked));
    assert_eq!(live.open(closed, &session).await.unwrap(), Opened::Ended(EndReason::Logout));
}

#[tokio::test]
async fn a_full_memory_store_reuses_the_places_of_expired_sessions() {
    let clock = HandClock::new();
    let live = small_store(&lifetimes(), 2, &clock);
    let probe = Probe::new(live.clone(), clock);
    probe.open(&probe.session()).await;
    live.close(SessionId::random(), EndReason::Logout).await.unwrap();

    probe.pass(lifetimes().idle).await;
    let new = SessionId::random();
    assert_eq!(live.open(new, &probe.session()).await.unwrap(), Opened::Live);
    // The other place still has the tombstone.
    assert!(live.open(SessionId::random(), &probe.session()).await.is_err());
}
