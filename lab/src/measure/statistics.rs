//! What stores report about themselves.

use std::{collections::HashSet, net::SocketAddr};

use anyhow::{Context, Result, bail, ensure};
use fred::{
    clients::Client,
    interfaces::ClientLike,
    types::{ClusterHash, CustomCommand, InfoKind, config::Config},
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

    /// What was written so far: items of memcached that were set or touched; commands of Redis that write, those of scripts
    /// included.
    pub async fn writes(&self) -> Result<u64> {
        match self {
            Self::Memcached(address) => sum_of_memcached(*address, &["cmd_set", "cmd_touch"]).await,
            Self::Redis(client) => writing_commands(client).await,
        }
    }
}

/// The name, the version and the allocator of what speaks Redis' protocol.
pub async fn version(redis: &Client) -> Result<String> {
    let info: String = redis.info(Some(InfoKind::Default)).await?;
    // Valkey reports a version of Redis as well.
    let (name, version) = match reported(&info, "valkey_version") {
        Ok(version) => ("Valkey", version),
        Err(_) => ("Redis", reported(&info, "redis_version")?),
    };
    let allocator = reported(&info, "mem_allocator")?;
    Ok(format!("{name} {version} ({allocator})"))
}

/// The version of a memcached.
pub async fn version_of_memcached(address: SocketAddr) -> Result<String> {
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    stream.write_all(b"version\r\n").await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let version = line.trim().strip_prefix("VERSION ").context("no version of memcached")?;
    Ok(format!("memcached {version}"))
}

/// How often the masters have read from a connection: once in a round trip.
pub async fn reads(redis: &Client) -> Result<u64> {
    sum_of_masters(redis, InfoKind::Stats, "total_reads_processed").await
}

/// How often the masters have run commands that write, by their own list of these.
async fn writing_commands(redis: &Client) -> Result<u64> {
    let mut sum = 0;
    for master in redis.active_connections() {
        let master = redis.with_cluster_node(master);
        let list = CustomCommand::new_static("COMMAND", ClusterHash::Random, false);
        let filter = ["LIST", "FILTERBY", "ACLCAT", "write"].map(str::to_owned).to_vec();
        let writing: HashSet<String> = master.custom(list, filter).await?;
        let info: String = master.info(Some(InfoKind::CommandStats)).await?;
        for line in info.lines() {
            // cmdstat_getex:calls=3,usec=… and more
            let Some((name, calls)) = called(line) else { continue };
            sum += if writing.contains(name) { calls } else { 0 };
        }
    }
    Ok(sum)
}

/// A command and how often it was run.
fn called(line: &str) -> Option<(&str, u64)> {
    let (name, figures) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
    let (calls, _) = figures.split_once(',')?;
    Some((name, calls.parse().ok()?))
}

/// The sum of what the masters report after `name` in a section of `INFO`.
async fn sum_of_masters(client: &Client, section: InfoKind, name: &str) -> Result<u64> {
    let masters = client.active_connections();
    ensure!(!masters.is_empty(), "no connection to Redis");
    let mut sum = 0;
    for master in masters {
        let info: String = client.with_cluster_node(master).info(Some(section.clone())).await?;
        sum += reported(&info, name)?.parse::<u64>().context("no number")?;
    }
    Ok(sum)
}

/// What `INFO` reports after `name`.
fn reported<'a>(info: &'a str, name: &str) -> Result<&'a str> {
    let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    Ok(value.with_context(|| format!("Redis does not report {name}"))?.trim())
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

/// A sequence, unlike a table, counts at once and without a lock on a row.
const COUNTING: &str = "
    create sequence lab_written minvalue 0;
    select nextval('lab_written');
    create function lab_count() returns trigger language plpgsql as $$
    begin
        perform nextval('lab_written');
        return null;
    end
    $$;
    do $$
    declare
        counted regclass;
    begin
        for counted in select relid from pg_stat_user_tables loop
            execute format(
                'create trigger lab_count after insert or update or delete on %s
                 for each row execute function lab_count()',
                counted
            );
        end loop;
    end
    $$;
";

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

    /// The version of the server.
    pub async fn version(&self) -> Result<String> {
        let version: String = sqlx::query_scalar("show server_version").fetch_one(&self.0).await?;
        // What follows is the distribution's.
        let number = version.split(' ').next().unwrap_or_default();
        Ok(format!("Postgres {number}"))
    }

    /// Has connections that are opened from now on commit without waiting for the disk.
    pub async fn wait_no_longer_for_the_disk(&self) -> Result<()> {
        let change = "do $$ begin
             execute format('alter database %I set synchronous_commit = off', current_database());
             end $$";
        sqlx::raw_sql(change).execute(&self.0).await?;
        Ok(())
    }

    /// Has every row that is inserted, changed or deleted counted: Postgres' own statistics come late.
    pub async fn begin_counting(&self) -> Result<()> {
        Ok(sqlx::raw_sql(COUNTING).execute(&self.0).await.map(drop)?)
    }

    pub async fn end_counting(&self) -> Result<()> {
        let end = "drop function lab_count cascade; drop sequence lab_written";
        Ok(sqlx::raw_sql(end).execute(&self.0).await.map(drop)?)
    }

    /// Rows that were written since.
    pub async fn rows_written(&self) -> Result<u64> {
        self.number("select last_value from lab_written").await
    }

    async fn number(&self, query: &'static str) -> Result<u64> {
        let number: i64 = sqlx::query_scalar(query).fetch_one(&self.0).await?;
        Ok(number.try_into()?)
    }
}
