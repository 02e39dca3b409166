//! The stores that the configuration selects.

use std::sync::Arc;

use anyhow::Context;
use app::{
    http::site::{NotReady, Stores},
    letters::RenderedMail,
};
use async_trait::async_trait;
use domain::{
    StoreError,
    limits::{RateLimiter, Unlimited},
    session::{
        SessionId,
        ports::{CheckMode, LiveSessions},
    },
};
use futures_util::TryFutureExt;
use time::OffsetDateTime;
use tower_sessions::{Session, session::Id};

use crate::{
    breaker::GuardedSessions,
    clock::{self, Clock},
    config::{Config, LiveSessionStore, Switch, VisitorStore},
    memcached::{self, Memcached, MemcachedLiveSessions},
    memory::{self, MemoryLiveSessions},
    postgres::{Database, PgLiveSessions},
    recovery::Recovery,
    redis::{self, Redis, RedisError, RedisLiveSessions},
    sealing::Sealing,
    state::Genkan,
    visitors::Visitors,
};

const NO_REDIS: &str = "REDIS_URL is missing";
const NO_MEMCACHED: &str = "MEMCACHED_URL is missing";

/// Connects to Redis, if anything is kept there.
pub(super) async fn connect_redis(config: &Config) -> Result<Option<Redis>, RedisError> {
    match &config.redis_url {
        Some(url) => Redis::connect_with(url.expose(), &config.redis_access).await.map(Some),
        None => Ok(None),
    }
}

/// The live-session store, and what has to be repeated when it may have lost data.
pub(super) fn live_sessions(
    config: &Config,
    database: &Database,
    redis: Option<&Redis>,
    memcached: Option<&Memcached>,
) -> anyhow::Result<(Arc<dyn LiveSessions>, Arc<Recovery>)> {
    let lifetimes = &config.lifetimes;
    let selected: (Arc<dyn LiveSessions>, Arc<Recovery>) = match config.live_sessions {
        LiveSessionStore::Redis => {
            let redis = redis.context(NO_REDIS)?;
            let recovery = Arc::new(Recovery::default());
            let told = Arc::clone(&recovery);
            redis.tell_of_connections(move || told.reconnected());
            let live = Arc::new(RedisLiveSessions::new(redis.clone(), lifetimes));
            (Arc::new(GuardedSessions::new(live, Arc::clone(&recovery))), recovery)
        }
        // The sweeper's witness shows that the server was restarted.
        LiveSessionStore::Memcached => {
            let memcached = memcached.context(NO_MEMCACHED)?;
            let recovery = Arc::new(Recovery::default());
            let live = Arc::new(MemcachedLiveSessions::new(memcached.clone(), lifetimes));
            (Arc::new(GuardedSessions::new(live, Arc::clone(&recovery))), recovery)
        }
        // The database has a circuit itself.
        LiveSessionStore::Postgres => {
            let live = PgLiveSessions::new(database.clone(), lifetimes);
            (Arc::new(live), Arc::new(Recovery::notified_by(Arc::clone(database.recovered()))))
        }
        LiveSessionStore::Memory => {
            let clock = Arc::new(OffsetDateTime::now_utc);
            let live = MemoryLiveSessions::new(lifetimes, memory::CAPACITY, clock);
            (Arc::new(live), Arc::default())
        }
    };
    Ok(selected)
}

/// The store of visitor sessions, limits and the development mailbox.
pub(super) fn visitors(
    config: &Config,
    database: &Database,
    redis: Option<&Redis>,
) -> anyhow::Result<Visitors> {
    let sealing = Sealing::new(&config.secret_keys);
    Ok(match config.visitor_sessions {
        VisitorStore::Redis => Visitors::in_redis(redis.context(NO_REDIS)?, sealing),
        VisitorStore::Postgres => Visitors::in_postgres(database, sealing),
    })
}

/// The configured rate limiter.
pub(super) fn limiter(config: &Config, visitors: &Visitors) -> Arc<dyn RateLimiter> {
    match config.rate_limits {
        Switch::On => Arc::clone(&visitors.limits),
        Switch::Off => Arc::new(Unlimited),
    }
}

/// The stores for HTTP.
pub(super) struct SiteStores {
    database: Database,
    clock: Clock,
    redis: Option<redis::Probe>,
    memcached: Option<memcached::Probe>,
    live: Arc<dyn LiveSessions>,
    visitors: Visitors,
}

impl SiteStores {
    pub(super) fn of(site: &Genkan) -> Self {
        Self {
            database: site.database.clone(),
            clock: Arc::clone(&site.clock),
            redis: site.redis.clone().map(redis::Probe::new),
            memcached: site.memcached.clone().map(memcached::Probe::new),
            live: Arc::clone(&site.resources.session.live),
            visitors: site.visitors.clone(),
        }
    }

    async fn check_database(&self) -> Result<(), NotReady> {
        clock::read(&self.clock, &self.database).await?.check()?;
        Ok(())
    }

    async fn check_redis(&self) -> Result<(), StoreError> {
        match &self.redis {
            Some(redis) => redis.check().await,
            None => Ok(()),
        }
    }

    async fn check_memcached(&self) -> Result<(), StoreError> {
        match &self.memcached {
            Some(memcached) => memcached.check().await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Stores for SiteStores {
    fn visitor_session(&self, id: Option<Id>) -> Session {
        self.visitors.session(id)
    }

    async fn has_room_for_visitors(&self) -> bool {
        self.visitors.have_room().await
    }

    /// Includes the live-session store, whichever is configured.
    async fn check(&self) -> Result<(), NotReady> {
        tokio::try_join!(
            self.check_database(),
            self.check_redis().err_into(),
            self.check_memcached().err_into(),
            self.live.check(SessionId::random(), CheckMode::Peek).err_into(),
        )?;
        Ok(())
    }

    async fn mails(&self) -> Result<Vec<RenderedMail>, StoreError> {
        self.visitors.mailbox.mails().await
    }
}
