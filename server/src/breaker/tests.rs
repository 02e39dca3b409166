use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use domain::account::member::{MemberId, Role};
use time::OffsetDateTime;

use super::{circuit::LONGEST_PAUSE, *};

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
    let recovery = Arc::new(Recovery::default());
    let guarded = GuardedSessions::new(store.clone(), Arc::clone(&recovery));
    let id = SessionId::random();
    for _ in 0..100 {
        assert!(guarded.check(id, CheckMode::Peek).await.is_err());
    }
    let asked = store.asked.load(Ordering::Relaxed);
    assert!((Guarded::LiveSessions.failures()..20).contains(&asked), "{asked}");

    store.is_broken.store(false, Ordering::Relaxed);
    let healed = async {
        while guarded.check(id, CheckMode::Peek).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONGEST_PAUSE * 2, healed).await.unwrap();
    tokio::time::timeout(LONGEST_PAUSE, recovery.available()).await.unwrap();
}

/// Has forgotten that a session has ended, until it is closed again, and fails before.
struct ForgetfulStore {
    is_available: AtomicBool,
    is_closed: AtomicBool,
}

#[async_trait]
impl LiveSessions for ForgetfulStore {
    async fn open(&self, _: SessionId, _: &LiveSession) -> Result<Opened, StoreError> {
        Ok(Opened::Live)
    }

    async fn check(&self, _: SessionId, _: CheckMode) -> Result<Checked, StoreError> {
        if !self.is_available.load(Ordering::Relaxed) {
            return Err(StoreError::new("check", "not available yet"));
        }
        if self.is_closed.load(Ordering::Relaxed) {
            return Ok(Checked::Ended(EndReason::Logout));
        }
        let session = LiveSession {
            member_id: MemberId::random(),
            role: Role::Member,
            authority_version: 1,
            authenticated_at: OffsetDateTime::UNIX_EPOCH,
            absolute_end: OffsetDateTime::UNIX_EPOCH,
            newest_generation: 1,
        };
        Ok(Checked::Live { session, idle_left: Duration::from_secs(1), is_extended: false })
    }

    async fn close(&self, _: SessionId, _: EndReason) -> Result<(), StoreError> {
        self.is_closed.store(true, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test]
async fn a_session_that_ended_while_the_store_was_unavailable_is_live_for_no_moment_afterwards() {
    let store = Arc::new(ForgetfulStore {
        is_available: AtomicBool::new(false),
        is_closed: AtomicBool::new(false),
    });
    let recovery = Arc::new(Recovery::default());
    let guarded = GuardedSessions::new(store.clone(), Arc::clone(&recovery));
    let id = SessionId::random();
    assert!(guarded.check(id, CheckMode::Peek).await.is_err());
    store.is_available.store(true, Ordering::Relaxed);
    let sweeper = async {
        recovery.available().await;
        let failures = recovery.failures();
        guarded.close(id, EndReason::Logout).await.unwrap();
        recovery.made_up_for(failures);
    };
    let (checked, ()) = tokio::join!(guarded.check(id, CheckMode::Peek), sweeper);
    assert!(matches!(checked.unwrap(), Checked::Ended(EndReason::Logout)));
}
