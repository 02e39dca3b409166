//! Private Postgres and Redis servers, stopped on drop.

mod home;
pub(crate) mod memcached;
pub(crate) mod pgbouncer;
pub(crate) mod postgres;
pub(crate) mod redis;
pub(crate) mod versions;

use std::path::Path;

use anyhow::Result;

use self::pgbouncer::{PgBouncer, PoolMode};

pub(crate) use self::home::{Home, RunFolder};
use crate::os::{ports, process::Group};

/// The data that a crash of the machine may lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Only Redis' last minute: for development data, which outlives the servers.
    Kept,
    /// Everything: the data is deleted after the run anyway, so nothing waits for the disk.
    Throwaway,
}

/// Empty stores of one run, on free ports. Fields are dropped in order: servers before their folder.
pub(crate) struct Stores {
    _servers: [Group; 2],
    folder: RunFolder,
    home: Home,
    ports: [u16; 2],
}

impl Stores {
    /// Starts both. Ignores `DATABASE_URL` and `REDIS_URL`: tests create and drop databases, and these may name real
    /// data.
    pub(crate) fn start(durability: Durability) -> Result<Self> {
        let home = Home::open()?;
        let folder = home.for_this_run(durability)?;
        let ports = [ports::any_free()?, ports::any_free()?];
        let postgres = postgres::start(&home, &folder.0, ports[0], durability)?;
        let redis = redis::start(&home, &folder.0, ports[1], Durability::Throwaway)?;
        Ok(Self { _servers: [postgres, redis], folder, home, ports })
    }

    /// The URL of a database of that name, which may not exist yet.
    pub(crate) fn database_url(&self, name: &str) -> String {
        format!("postgres://genkan@127.0.0.1:{}/{name}", self.ports[0])
    }

    pub(crate) fn redis_url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.ports[1])
    }

    /// Starts another Redis or Valkey, and returns it with its URL.
    pub(crate) fn start_redis(&self, program: &Path) -> Result<(Group, String)> {
        let port = ports::any_free()?;
        let folder = self.folder.0.join(format!("redis-{port}"));
        let server = redis::start_program(program, &folder, port)?;
        Ok((server, format!("redis://127.0.0.1:{port}")))
    }

    /// Starts a PgBouncer in front of the Postgres, and returns it with the URL of a database.
    pub(crate) fn start_pgbouncer(
        &self,
        pgbouncer: &PgBouncer,
        mode: PoolMode,
    ) -> Result<(Group, String)> {
        let port = ports::any_free()?;
        let server = pgbouncer.start(&self.home, &self.folder.0, [port, self.ports[0]], mode)?;
        Ok((server, format!("postgres://genkan@127.0.0.1:{port}/postgres")))
    }
}
