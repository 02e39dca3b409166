//! What stores report about themselves.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use fred::{
    clients::Client,
    interfaces::ClientLike,
    types::{InfoKind, config::Config},
};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// The reports of a session store other than Postgres.
pub enum Statistics {
    Memcached(SocketAddr),
    /// A client of what speaks Redis' protocol. It is connected to the one server, to the master behind sentinels, or to
    /// every master of a cluster.
    Redis(Client),
}

impl Statistics {
    pub async fn of_redis(url: &str) -> Result<Self> {
        let client = Client::new(Config::from_url(url)?, None, None, None);
        client.init().await.context("cannot connect to Redis")?;
        Ok(Self::Redis(client))
    }

    /// Bytes of all records, and of what keeping them takes.
    pub async fn bytes(&self) -> Result<u64> {
        match self {
            Self::Memcached(address) => sum_of_memcached(*address, &["bytes"]).await,
            Self::Redis(client) => {
                let used = sum_of_masters(client, InfoKind::Memory, "used_memory").await?;
                // What replicas may still ask for, which was written last.
                let sent = "mem_total_replication_buffers";
                Ok(used - sum_of_masters(client, InfoKind::Memory, sent).await?)
            }
        }
    }

    /// Records that were set, touched or deleted so far.
    pub async fn writes(&self) -> Result<u64> {
        match self {
            Self::Memcached(address) => {
                sum_of_memcached(*address, &["cmd_set", "cmd_touch", "delete_hits"]).await
            }
            Self::Redis(client) => {
                let changes = "rdb_changes_since_last_save";
                sum_of_masters(client, InfoKind::Persistence, changes).await
            }
        }
    }
}

/// How often the masters have read from a connection: once in a round trip.
pub async fn reads(redis: &Client) -> Result<u64> {
    sum_of_masters(redis, InfoKind::Stats, "total_reads_processed").await
}

/// The sum of what the masters report after `name` in a section of `INFO`.
async fn sum_of_masters(client: &Client, section: InfoKind, name: &str) -> Result<u64> {
    let masters = client.active_connections();
    ensure!(!masters.is_empty(), "no connection to Redis");
    let mut sum = 0;
    for master in masters {
        let info: String = client.with_cluster_node(master).info(Some(section.clone())).await?;
        let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let value = value.with_context(|| format!("Redis does not report {name}"))?;
        sum += value.trim().parse::<u64>().context("no number")?;
    }
    Ok(sum)
}

async fn sum_of_memcached(address: SocketAddr, names: &[&str]) -> Result<u64> {
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
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

    /// Has connections that are opened from now on commit without waiting for the disk.
    pub async fn wait_no_longer_for_the_disk(&self) -> Result<()> {
        let change = "do $$ begin
             execute format('alter database %I set synchronous_commit = off', current_database());
             end $$";
        sqlx::raw_sql(change).execute(&self.0).await?;
        Ok(())
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
