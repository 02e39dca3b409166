//! The stores of the lab, and their faults.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cluster::{SessionStore, Store, Way};
use crate::os::{ports::Block, process::Group};
use crate::stores::{Durability, Home, memcached, postgres};

/// The stores that speak Redis' protocol: their names here, the variables of their URLs, and their kinds.
const CACHES: [(&str, &str, Store); 4] = [
    ("redis", "REDIS_URL", Store::Redis),
    ("valkey", "VALKEY_URL", Store::Valkey),
    ("cluster", "CLUSTER_URL", Store::ValkeyCluster),
    ("sentinel", "SENTINEL_URL", Store::Sentinel),
];

/// All stores, running or stopped. They are reached directly: a proxy would be measured with them.
pub(super) struct Stores {
    caches: Vec<(&'static str, SessionStore)>,
    postgres: Server,
    memcached: Server,
    folder: PathBuf,
    durability: Durability,
    home: Home,
}

struct Server {
    port: u16,
    /// `None` while it is stopped
    process: Option<Group>,
}

impl Stores {
    /// Starts all of them.
    pub(super) fn start(
        home: Home,
        folder: &Path,
        ports: &mut Block,
        durability: Durability,
    ) -> Result<Self> {
        let mut caches = Vec::new();
        for (name, _, kind) in CACHES {
            let folder = folder.join(name);
            home.provide(&folder)?;
            caches.push((name, SessionStore::start(kind, &home, &folder, ports, Way::Direct)?));
        }
        let postgres = Server { port: ports.take()?, process: None };
        let memcached = Server { port: ports.take()?, process: None };
        let folder = folder.to_owned();
        let mut this = Self { caches, postgres, memcached, folder, durability, home };
        this.start_server("postgres")?;
        this.start_server("memcached")?;
        Ok(this)
    }

    /// Tells the lab's program where the stores are.
    pub(super) fn configure(&self, command: &mut Command) {
        let port = self.postgres.port;
        command.env("DATABASE_URL", format!("postgres://genkan@127.0.0.1:{port}/postgres"));
        command.env("MEMCACHED_URL", format!("127.0.0.1:{}", self.memcached.port));
        for ((_, variable, _), (_, store)) in CACHES.iter().zip(&self.caches) {
            command.env(variable, store.url().unwrap_or_default());
        }
    }

    /// Does what a line says, and returns what it asks for.
    pub(super) fn obey(&mut self, line: &str) -> Result<String> {
        let (verb, name) = line.split_once(' ').with_context(|| format!("what is `{line}`?"))?;
        let mut answer = String::new();
        match (verb, name) {
            ("processes", _) => {
                let ids: Vec<_> = self.processes(name)?.iter().map(u32::to_string).collect();
                answer = ids.join(" ");
            }
            ("stop", "postgres" | "memcached") => self.server(name)?.process = None,
            ("start", "postgres" | "memcached") => self.start_server(name)?,
            ("wipe", "memcached") => memcached::wipe(self.memcached.port)?,
            ("fill", "memcached") => memcached::fill(self.memcached.port)?,
            // What it was filled with is evicted in its turn.
            ("empty", "memcached") => {}
            ("stop", _) => self.cache(name)?.kill_all()?,
            ("start", _) => {
                self.cache(name)?.start_killed()?;
                self.cache(name)?.settle()?;
            }
            ("wipe", _) => self.cache(name)?.wipe()?,
            ("fill", _) => self.cache(name)?.fill()?,
            ("empty", _) => self.cache(name)?.restore_memory()?,
            ("fail-over", _) => self.cache(name)?.fail_over()?,
            _ => bail!("a store cannot {verb}"),
        }
        Ok(answer)
    }

    fn processes(&mut self, name: &str) -> Result<Vec<u32>> {
        match name {
            "postgres" | "memcached" => {
                Ok(self.server(name)?.process.iter().map(Group::process).collect())
            }
            _ => Ok(self.cache(name)?.processes()),
        }
    }

    fn start_server(&mut self, name: &str) -> Result<()> {
        let port = self.server(name)?.port;
        let started = match name {
            "postgres" => postgres::start(&self.home, &self.folder, port, self.durability)?,
            _ => memcached::start(&self.home, &self.folder, port)?,
        };
        self.server(name)?.process = Some(started);
        Ok(())
    }

    fn server(&mut self, name: &str) -> Result<&mut Server> {
        match name {
            "postgres" => Ok(&mut self.postgres),
            "memcached" => Ok(&mut self.memcached),
            _ => bail!("there is no store `{name}`"),
        }
    }

    fn cache(&mut self, name: &str) -> Result<&mut SessionStore> {
        let found = self.caches.iter_mut().find(|(known, _)| *known == name);
        Ok(&mut found.with_context(|| format!("there is no store `{name}`"))?.1)
    }
}
