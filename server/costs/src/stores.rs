//! The private stores: connections to them, and what they have used so far.

use std::time::Duration;

use anyhow::{Context, Result};
use fred::{
    clients::Client,
    interfaces::ClientLike,
    types::{InfoKind, config::Config},
};
use measuring::processor::{self, STORES_AND_LOAD};
use sqlx::PgPool;

use crate::instance::Running;

pub struct Stores {
    pub database: PgPool,
    pub redis: Client,
    postmaster: u32,
    redis_process: u32,
}

/// What was used so far.
pub struct Usage {
    pub server: Duration,
    pub postgres: Duration,
    pub redis: Duration,
    /// Bytes of the write-ahead log
    pub log_bytes: i64,
}

impl Stores {
    /// Connects, and binds both servers to their processor.
    pub async fn connect(database_url: &str, redis_url: &str) -> Result<Self> {
        let database = PgPool::connect(database_url).await.context("cannot connect to Postgres")?;
        let redis = Client::new(Config::from_url(redis_url)?, None, None, None);
        redis.init().await.context("cannot connect to Redis")?;
        let postmaster: i32 =
            sqlx::query_scalar("select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int")
                .fetch_one(&database)
                .await?;
        let postmaster = postmaster.try_into()?;
        let redis_process = info(&redis, InfoKind::Server, "process_id:").await?.try_into()?;
        let stores = Self { database, redis, postmaster, redis_process };
        for process in processor::with_children(postmaster)?.into_iter().chain([redis_process]) {
            processor::pin(process, STORES_AND_LOAD)?;
        }
        Ok(stores)
    }

    /// What the instances and the stores have used.
    pub async fn usage(&self, instances: &Running) -> Result<Usage> {
        let log = "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint";
        let log_bytes = sqlx::query_scalar(log).fetch_one(&self.database).await?;
        let postgres = processor::time_with_children(self.postmaster)?;
        let redis = processor::time_of(self.redis_process)?;
        Ok(Usage { server: instances.processor_time()?, postgres, redis, log_bytes })
    }

    /// Bytes of memory that Redis' data and connections take.
    pub async fn redis_memory(&self) -> Result<u64> {
        info(&self.redis, InfoKind::Memory, "used_memory:").await
    }

    pub async fn redis_keys(&self) -> Result<u64> {
        info(&self.redis, InfoKind::Keyspace, "db0:keys=").await
    }

    /// Scripts that Redis has run: the commands of the live-session store.
    pub async fn scripts_run(&self) -> Result<u64> {
        info(&self.redis, InfoKind::CommandStats, "cmdstat_evalsha:calls=").await
    }

    /// Transactions that were committed, by connections that are closed by now: each statement of the server is one,
    /// unless it is part of a larger one.
    pub async fn transactions(&self) -> Result<i64> {
        let others = "select count(*) from pg_stat_activity where application_name = 'genkan'";
        // An open connection may not have reported its last statements.
        while sqlx::query_scalar::<_, i64>(others).fetch_one(&self.database).await? > 0 {
            tokio::task::yield_now().await;
        }
        let committed =
            "select xact_commit from pg_stat_database where datname = current_database()";
        Ok(sqlx::query_scalar(committed).fetch_one(&self.database).await?)
    }
}

/// The number after `name` in a section of `INFO`.
async fn info(redis: &Client, section: InfoKind, name: &str) -> Result<u64> {
    let info: String = redis.info(Some(section)).await?;
    let value = info.lines().find_map(|line| line.strip_prefix(name));
    let digits = value.with_context(|| format!("Redis does not report {name}"))?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    Ok(digits[..end].parse()?)
}
