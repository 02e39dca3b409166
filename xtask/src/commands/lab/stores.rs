//! The stores of the lab, and their faults.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cluster::{SessionStore, Store, Way};
use crate::os::{ports::Block, process::Group};
use crate::stores::memcached::{self, WhenFull};
use crate::stores::{Durability, Home, postgres};

/// The stores that speak Redis' protocol: their names here, the variables of their URLs, and their kinds.
const CACHES: [(&str, &str, Store); 4] = [
    ("redis", "REDIS_URL", Store::Redis),
    ("valkey", "VALKEY_URL", Store::Valkey),
    ("cluster", "CLUSTER_URL", Store::ValkeyCluster),
    ("sentinel", "SENTINEL_URL", Store::Sentinel),
];

const POSTGRES: &str = "postgres";

/// Returns whether it is Postgres or a memcached, which have no replicas.
fn is_server(name: &str) -> bool {
    name == POSTGRES || name.starts_with("memcached")
}

/// All stores, running or stopped. They are reached directly: a proxy would be measured with them.
pub(super) struct Stores {
    caches: Vec<(&'static str, SessionStore)>,
    postgres: Server,
    /// By the name here
    memcached: [(&'static str, Server, WhenFull); 2],
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
        let mut server = || anyhow::Ok(Server { port: ports.take()?, process: None });
        let postgres = server()?;
        let memcached = [
            ("memcached", server()?, WhenFull::Evict),
            ("memcached_refusing", server()?, WhenFull::Refuse),
        ];
        let folder = folder.to_owned();
        let mut this = Self { caches, postgres, memcached, folder, durability, home };
        for name in [POSTGRES, "memcached", "memcached_refusing"] {
            this.start_server(name)?;
        }
        Ok(this)
    }

    /// Tells the lab's program where the stores are.
    pub(super) fn configure(&self, command: &mut Command) {
        let port = self.postgres.port;
        command.env("DATABASE_URL", format!("postgres://genkan@127.0.0.1:{port}/postgres"));
        for (name, server, _) in &self.memcached {
            let variable = format!("{}_URL", name.to_uppercase());
            command.env(variable, format!("127.0.0.1:{}", server.port));
        }
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
            ("stop", _) if is_server(name) => self.server(name)?.process = None,
            ("start", _) if is_server(name) => self.start_server(name)?,
            ("wipe", _) if is_server(name) => memcached::wipe(self.server(name)?.port)?,
            ("fill", _) if is_server(name) => memcached::fill(self.server(name)?.port)?,
            ("empty", _) if is_server(name) => memcached::empty(self.server(name)?.port)?,
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
        if is_server(name) {
            return Ok(self.server(name)?.process.iter().map(Group::process).collect());
        }
        Ok(self.cache(name)?.processes())
    }

    fn start_server(&mut self, name: &str) -> Result<()> {
        let port = self.server(name)?.port;
        let when_full = self.memcached.iter().find(|it| it.0 == name).map(|it| it.2);
        let started = match when_full {
            Some(when_full) => memcached::start(&self.home, &self.folder, port, when_full)?,
            None => postgres::start(&self.home, &self.folder, port, self.durability)?,
        };
        self.server(name)?.process = Some(started);
        Ok(())
    }

    fn server(&mut self, name: &str) -> Result<&mut Server> {
        if name == POSTGRES {
            return Ok(&mut self.postgres);
        }
        let found = self.memcached.iter_mut().find(|it| it.0 == name);
        Ok(&mut found.with_context(|| format!("there is no store `{name}`"))?.1)
    }

    fn cache(&mut self, name: &str) -> Result<&mut SessionStore> {
        let found = self.caches.iter_mut().find(|(known, _)| *known == name);
        Ok(&mut found.with_context(|| format!("there is no store `{name}`"))?.1)
    }
}
