//! A front desk in some store, with a hand behind it that makes time pass.

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

/// Where live sessions are kept.
#[async_trait]
pub(super) trait Store: Sync {
    /// A front desk with these lifetimes.
    async fn desk_with(&self, lifetimes: Lifetimes) -> Desk;

    /// A front desk with the usual lifetimes.
    async fn desk(&self) -> Desk {
        self.desk_with(lifetimes()).await
    }
}

/// What only a test does to a store.
#[async_trait]
pub(super) trait Behind: Send + Sync {
    /// As if so much time had passed for this record.
    async fn pass(&self, id: SessionId, time: Duration);

    /// The time, as the store sees it.
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}

/// A front desk, and one session that comes to it.
pub(super) struct Desk {
    pub(super) live: Arc<dyn LiveSessions>,
    pub(super) id: SessionId,
    behind: Box<dyn Behind>,
}

impl Desk {
    pub(super) fn new(live: impl LiveSessions + 'static, behind: impl Behind + 'static) -> Self {
        Self { live: Arc::new(live), id: SessionId::random(), behind: Box::new(behind) }
    }

    /// The same front desk, for this session.
    pub(super) fn at(self, id: SessionId) -> Self {
        Self { id, ..self }
    }

    pub(super) async fn open(&self, session: &LiveSession) -> Opened {
        self.live.open(self.id, session).await.unwrap()
    }

    pub(super) async fn check(&self, generation: u32) -> Checked {
        self.live.check(self.id, CheckMode::Use { generation }).await.unwrap()
    }

    pub(super) async fn glance(&self) -> Checked {
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

    /// What a check finds, as a request of an access token of this generation makes it.
    pub(super) async fn seen(&self, generation: u32) -> Seen {
        Seen::of(self.check(generation).await)
    }

    /// What is there, without changing it.
    pub(super) async fn kept(&self) -> Seen {
        Seen::of(self.glance().await)
    }

    /// A session that began an hour ago and has another one to go.
    pub(super) fn session(&self) -> LiveSession {
        self.session_with(Duration::from_secs(3600))
    }

    /// A session that began an hour ago and has so long to go.
    pub(super) fn session_with(&self, left: Duration) -> LiveSession {
        // Postgres gives microseconds, so more than that never has to be kept.
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
        // Redis tells whole milliseconds.
        let is_within = left <= expected + Duration::from_millis(1);
        assert!(is_within && left + Duration::from_secs(5) > expected, "{left:?}, {expected:?}");
    }
}
