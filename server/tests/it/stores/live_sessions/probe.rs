//! A live-session store of any kind with one session, and control over time.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    account::member::{MemberId, Role},
    session::{
        EndReason, Lifetimes, LiveSession, SessionId,
        ports::{CheckMode, Checked, LiveSessions, Opened},
    },
};
use time::OffsetDateTime;

use super::super::lifetimes;

/// A kind of live-session store.
#[async_trait]
pub(super) trait Store: Sync {
    /// A live-session store with these lifetimes.
    async fn probe_with(&self, lifetimes: Lifetimes) -> Probe;

    /// A live-session store with the usual lifetimes.
    async fn probe(&self) -> Probe {
        self.probe_with(lifetimes()).await
    }
}

/// Operations that only tests need.
#[async_trait]
pub(super) trait Behind: Send + Sync {
    /// Advances time for this record.
    async fn pass(&self, id: SessionId, time: Duration);

    /// The store's time.
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// A live-session store, and one session in it.
pub(super) struct Probe {
    pub(super) live: Arc<dyn LiveSessions>,
    pub(super) id: SessionId,
    behind: Box<dyn Behind>,
}

impl Probe {
    pub(super) fn new(live: impl LiveSessions + 'static, behind: impl Behind + 'static) -> Self {
        Self { live: Arc::new(live), id: SessionId::random(), behind: Box::new(behind) }
    }

    /// The same store with another session.
    pub(super) fn at(self, id: SessionId) -> Self {
        Self { id, ..self }
    }

    pub(super) async fn open(&self, session: &LiveSession) -> Opened {
        self.live.open(self.id, session).await.unwrap()
    }

    pub(super) async fn check(&self, generation: u32) -> Checked {
        self.live.check(self.id, CheckMode::Use { generation }).await.unwrap()
    }

    pub(super) async fn peek(&self) -> Checked {
        self.live.check(self.id, CheckMode::Peek).await.unwrap()
    }

    pub(super) async fn close(&self, reason: EndReason) {
        self.live.close(self.id, reason).await.unwrap();
    }

    pub(super) async fn pass(&self, time: Duration) {
        self.behind.pass(self.id, time).await;
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.behind.now()
    }

    /// Result of a check by a request with an access token of this generation.
    pub(super) async fn seen(&self, generation: u32) -> Seen {
        Seen::of(self.check(generation).await)
    }

    /// Result of a peek, which changes nothing.
    pub(super) async fn kept(&self) -> Seen {
        Seen::of(self.peek().await)
    }

    /// A session that began an hour ago and has an hour left.
    pub(super) fn session(&self) -> LiveSession {
        self.session_with(Duration::from_secs(3600))
    }

    /// A session that began an hour ago and has this time left.
    pub(super) fn session_with(&self, left: Duration) -> LiveSession {
        // Microseconds, the precision of Postgres.
        let now = self.now().replace_microsecond(123_456).unwrap();
        LiveSession {
            member_id: MemberId::random(),
            role: Role::Member,
            authority_version: 3,
            authenticated_at: now - Duration::from_secs(3600),
            absolute_end: now + left,
            newest_generation: 0,
        }
    }
}

/// A live session that a check found.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) session: LiveSession,
    pub(super) idle_left: Duration,
    pub(super) is_extended: bool,
}

impl Seen {
    fn of(checked: Checked) -> Self {
        match checked {
            Checked::Live { session, idle_left, is_extended } => {
                Self { session, idle_left, is_extended }
            }
            other => panic!("not live: {other:?}"),
        }
    }

    pub(super) fn assert_left(&self, expected: Duration) {
        let left = self.idle_left;
        // Redis returns whole milliseconds.
        let is_within = left <= expected + Duration::from_millis(1);
        assert!(is_within && left + Duration::from_secs(5) > expected, "{left:?}, {expected:?}");
    }
}
