//! The stores: where they are, what they have used, and their faults, which `cargo xtask lab` makes.

use std::{
    io::{self, BufRead, Write},
    net::SocketAddr,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use fred::{
    clients::Client,
    interfaces::ClientLike,
    types::{InfoKind, config::Config},
};
use measuring::processor;
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions};
use strum::Display;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};
use url::Url;

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

/// A number after `name` in a section of `INFO`.
pub async fn info(url: &str, section: InfoKind, name: &str) -> Result<u64> {
    let redis = Client::new(Config::from_url(url)?, None, None, None);
    redis.init().await.context("cannot connect to Redis")?;
    let info: String = redis.info(Some(section)).await?;
    redis.quit().await?;
    let value = info.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'));
    value.with_context(|| format!("Redis does not report {name}"))?.parse().context("no number")
}

/// The sum of these statistics of memcached.
pub async fn statistics(memcached: SocketAddr, names: &[&str]) -> Result<u64> {
    let mut stream = BufReader::new(TcpStream::connect(memcached).await?);
    stream.write_all(b"stats\r\n").await?;
    let mut sum = 0;
    let mut lines = stream.lines();
    while let Some(line) = lines.next_line().await? {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["STAT", name, value] if names.contains(&name) => sum += value.parse::<u64>()?,
            ["END"] => return Ok(sum),
            _ => {}
        }
    }
    bail!("memcached has closed the connection")
}

/// One connection to a database, for statistics about it.
pub struct Database(PgPool);

impl Database {
    pub async fn open(url: &str) -> Result<Self> {
        Ok(Self(PgPoolOptions::new().max_connections(1).connect(url).await?))
    }

    /// Bytes of all tables, with their indexes.
    pub async fn bytes(&self) -> Result<u64> {
        let sizes = "select coalesce(sum(pg_total_relation_size(relid)), 0)::bigint from pg_stat_user_tables";
        self.number(sizes).await
    }

    /// Rows that were written by connections that are closed by now. Waits until all others are.
    pub async fn rows_written(&self) -> Result<u64> {
        let others = "select count(*) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()";
        // An open connection may not have reported its last statements.
        while self.number(others).await? > 0 {
            tokio::task::yield_now().await;
        }
        let rows = "select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint
             from pg_stat_user_tables";
        self.number(rows).await
    }

    async fn number(&self, query: &'static str) -> Result<u64> {
        let number: i64 = sqlx::query_scalar(query).fetch_one(&self.0).await?;
        Ok(number.try_into()?)
    }
}
