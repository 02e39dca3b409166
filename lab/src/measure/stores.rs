//! The stores: where they are, the processor time they have used, and their faults, which `cargo xtask lab` makes.

use std::{
    io::{self, BufRead, Write},
    net::SocketAddr,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use measuring::processor;
use sqlx::{AssertSqlSafe, PgPool};
use strum::Display;
use url::Url;

use super::statistics::{self, Database, Statistics};

/// A store by its name in the conversation with `cargo xtask lab`.
#[derive(Debug, Display, Clone, Copy, PartialEq, Eq)]
#[strum(serialize_all = "snake_case")]
pub enum Store {
    Redis,
    Valkey,
    Cluster,
    Sentinel,
    Memcached,
    /// Which evicts nothing, as the product demands
    MemcachedRefusing,
    Postgres,
}

/// What happens to a store.
#[derive(Debug, Display, Clone, Copy, PartialEq, Eq)]
#[strum(serialize_all = "kebab-case")]
pub enum Fault {
    Stop,
    Start,
    /// From now on, a start finds every write.
    KeepLog,
    /// From now on, a start finds nothing, as usual.
    DropLog,
    Wipe,
    /// Takes all memory.
    Fill,
    /// Gives the memory back.
    Empty,
    FailOver,
}

/// Where the stores are.
#[derive(Args)]
pub struct Urls {
    #[arg(long, env)]
    database_url: String,
    #[arg(long, env)]
    redis_url: String,
    #[arg(long, env)]
    valkey_url: String,
    #[arg(long, env)]
    cluster_url: String,
    #[arg(long, env)]
    sentinel_url: String,
    #[arg(long, env)]
    memcached_url: SocketAddr,
    #[arg(long, env)]
    memcached_refusing_url: SocketAddr,
}

impl Urls {
    /// The URL of what speaks Redis' protocol.
    pub fn of(&self, store: Store) -> Option<&str> {
        match store {
            Store::Redis => Some(&self.redis_url),
            Store::Valkey => Some(&self.valkey_url),
            Store::Cluster => Some(&self.cluster_url),
            Store::Sentinel => Some(&self.sentinel_url),
            Store::Memcached | Store::MemcachedRefusing | Store::Postgres => None,
        }
    }

    /// The address of a memcached.
    pub fn memcached(&self, store: Store) -> Option<SocketAddr> {
        match store {
            Store::Memcached => Some(self.memcached_url),
            Store::MemcachedRefusing => Some(self.memcached_refusing_url),
            _ => None,
        }
    }

    /// What the stores are, with their versions.
    pub async fn versions(&self) -> Result<Vec<String>> {
        let mut versions = vec![Database::open(&self.database_url).await?.version().await?];
        for url in [&self.redis_url, &self.valkey_url] {
            let Statistics::Redis(client) = Statistics::of_redis(url).await? else { continue };
            versions.push(statistics::version(&client).await?);
        }
        versions.push(statistics::version_of_memcached(self.memcached_url).await?);
        Ok(versions)
    }

    /// The URL of a new database. One of the same name is dropped.
    pub async fn new_database(&self, name: &str) -> Result<String> {
        let server = PgPool::connect(&self.database_url).await.context("Postgres is away")?;
        for statement in ["drop database if exists", "create database"] {
            let statement = format!("{statement} \"{name}\"");
            sqlx::query(AssertSqlSafe(statement)).execute(&server).await?;
        }
        let mut url = Url::parse(&self.database_url)?;
        url.set_path(name);
        Ok(url.into())
    }
}

/// Has `cargo xtask lab` do this to a store, and waits until it is done.
pub fn cause(fault: Fault, store: Store) -> Result<()> {
    tell(&format!("{fault} {store}")).map(drop)
}

/// The processor time of these stores so far.
pub fn processor_time(stores: &[Store]) -> Result<Duration> {
    let mut total = Duration::ZERO;
    for store in stores {
        for process in tell(&format!("processes {store}"))?.split_whitespace() {
            total += processor::time_with_children(process.parse()?)?;
        }
    }
    Ok(total)
}

fn tell(line: &str) -> Result<String> {
    println!("{line}");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let Some(answer) = answer.strip_prefix("done") else { bail!("nobody does `{line}`") };
    Ok(answer.trim().to_owned())
}
