//! The store of visitor sessions, which also counts limits and keeps the development mailbox: Redis or Postgres.

use std::sync::Arc;

use domain::limits::RateLimiter;
use tower_sessions::{Session, session::Id};

use crate::{
    limits::SharedLimits,
    mail::Mailbox,
    postgres::{Database, PgLimits, PgMailbox, PgVisitorRecords},
    redis::{Memory, Redis, RedisLimits, RedisMailbox, VisitorRecords},
    sealing::Sealing,
};

/// The store of visitor sessions. Cloning shares it.
#[derive(Clone)]
pub struct Visitors {
    records: Records,
    /// The rate limits
    pub limits: Arc<dyn RateLimiter>,
    /// The development mailbox
    pub mailbox: Arc<dyn Mailbox>,
}

#[derive(Clone)]
enum Records {
    Redis(Arc<VisitorRecords>, Memory),
    Postgres(Arc<PgVisitorRecords>),
}

impl Visitors {
    /// Keeps them in Redis, encrypted.
    pub(crate) fn in_redis(redis: &Redis, sealing: Sealing) -> Self {
        let records = Arc::new(VisitorRecords::new(redis.clone(), sealing));
        Self {
            records: Records::Redis(records, Memory::new(redis.clone())),
            limits: Arc::new(SharedLimits::new(RedisLimits::new(redis.clone()))),
            mailbox: Arc::new(RedisMailbox::new(redis.clone())),
        }
    }

    /// Keeps them in Postgres, encrypted.
    pub(crate) fn in_postgres(database: &Database, sealing: Sealing) -> Self {
        Self {
            records: Records::Postgres(Arc::new(PgVisitorRecords::new(database.clone(), sealing))),
            limits: Arc::new(SharedLimits::new(PgLimits::new(database.clone()))),
            mailbox: Arc::new(PgMailbox::new(database.clone())),
        }
    }

    /// The visitor session with this id, or a new one.
    #[must_use]
    pub fn session(&self, id: Option<Id>) -> Session {
        match &self.records {
            Records::Redis(records, _) => Session::new(id, Arc::clone(records), None),
            Records::Postgres(records) => Session::new(id, Arc::clone(records), None),
        }
    }

    /// Returns whether there is room for another record; `false` if the store is unavailable.
    pub(crate) async fn have_room(&self) -> bool {
        match &self.records {
            Records::Redis(_, memory) => memory.has_room().await,
            Records::Postgres(records) => records.has_room().await,
        }
    }
}
