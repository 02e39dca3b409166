//! The settings, from the environment.

use std::{env, str::FromStr, time::Duration};

use anyhow::{Context, anyhow};
use server::redis::Redis;

use super::{Members, SharedKey};

/// The default of `LAB_ACCESS_TTL`
pub const ACCESS_TTL: Duration = Duration::from_secs(300);

/// Settings of an instance.
#[derive(Clone)]
pub struct Settings {
    /// `PORT`, on loopback
    pub port: u16,
    /// `DATABASE_URL`
    pub database_url: String,
    /// `REDIS_URL`: Redis or Valkey, one server, sentinels or a cluster
    pub redis_url: Option<String>,
    /// `MEMCACHED_URL`, `host:port`
    pub memcached_url: Option<String>,
    /// `LIVE_SESSIONS`, for the product's approach
    pub live_sessions: Option<String>,
    /// `LAB_KEY`, the same for all instances
    pub key: SharedKey,
    /// `LAB_ACCESS_TTL`, in seconds: the lifetime of short-lived tokens, and the time after which a sealed cookie is
    /// renewed. The product needs 4 at least, for its grace period.
    pub access_ttl: Duration,
    /// `LAB_SESSION_TTL`, in seconds: a session ends after so long without use
    pub session_ttl: Duration,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    /// A sentence that names the variable.
    pub fn read() -> anyhow::Result<Self> {
        Ok(Self {
            port: parsed("PORT")?.context("PORT is missing")?,
            database_url: text("DATABASE_URL").context("DATABASE_URL is missing")?,
            redis_url: text("REDIS_URL"),
            memcached_url: text("MEMCACHED_URL"),
            live_sessions: text("LIVE_SESSIONS"),
            key: SharedKey::parse(&text("LAB_KEY").context("LAB_KEY is missing")?)?,
            access_ttl: parsed("LAB_ACCESS_TTL")?.map_or(ACCESS_TTL, Duration::from_secs),
            session_ttl: Duration::from_secs(parsed("LAB_SESSION_TTL")?.unwrap_or(1800)),
        })
    }

    /// The members' table.
    ///
    /// # Errors
    /// `DATABASE_URL` does not name a Postgres database.
    pub fn members(&self) -> anyhow::Result<Members> {
        Members::at(&self.database_url).context("DATABASE_URL cannot be used")
    }

    /// Connects to Redis with the timeouts and reconnections of the product, for every approach alike.
    ///
    /// # Errors
    /// `REDIS_URL` is missing or cannot be used.
    pub async fn redis(&self) -> anyhow::Result<Redis> {
        let url = self.redis_url.as_deref().context("REDIS_URL is missing")?;
        Redis::connect(url).await.context("REDIS_URL cannot be used")
    }
}

fn text(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

fn parsed<T: FromStr>(variable: &str) -> anyhow::Result<Option<T>> {
    let read = |value: String| value.parse().map_err(|_| anyhow!("{variable} is not a number"));
    text(variable).map(read).transpose()
}
