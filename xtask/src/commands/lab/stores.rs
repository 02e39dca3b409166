//! The stores of the lab, and their faults.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cluster::{self, SessionStore, Way};
use crate::os::{ports::Block, process::Group};
use crate::stores::memcached::{self, WhenFull};
use crate::stores::{Durability, Home, postgres};

/// What speaks Redis' protocol: names, the variables of URLs, and kinds.
const REDIS: [(&str, &str, cluster::Store); 4] = [
    ("redis", "REDIS_URL", cluster::Store::Redis),
    ("valkey", "VALKEY_URL", cluster::Store::Valkey),
    ("cluster", "CLUSTER_URL", cluster::Store::ValkeyCluster),
    ("sentinel", "SENTINEL_URL", cluster::Store::Sentinel),
];
const MEMCACHED: [(&str, &str, WhenFull); 2] = [
    ("memcached", "MEMCACHED_URL", WhenFull::Evict),
    ("memcached_refusing", "MEMCACHED_REFUSING_URL", WhenFull::Refuse),
];

/// All stores, running or stopped. They are reached directly: a proxy would be measured with them.
pub(super) struct Stores<'a>(Vec<Named<'a>>);

struct Named<'a> {
    /// In the lines of the lab's program
    name: &'static str,
    /// Its variable for the URL
    variable: &'static str,
    store: Store<'a>,
}

enum Store<'a> {
    Redis(SessionStore),
    Memcached(Server<'a>),
    Postgres(Server<'a>),
}

/// A server without a replica.
struct Server<'a> {
    port: u16,
    start: Box<dyn Fn() -> Result<Group> + 'a>,
    /// `None` while it is stopped
    process: Option<Group>,
}

impl<'a> Stores<'a> {
    /// Starts all of them.
    pub(super) fn start(
        home: &'a Home,
        folder: &'a Path,
        ports: &mut Block,
        durability: Durability,
    ) -> Result<Self> {
        let mut stores = Vec::new();
        for (name, variable, kind) in REDIS {
            let folder = folder.join(name);
            home.provide(&folder)?;
            let store = SessionStore::start(kind, home, &folder, ports, Way::Direct)?;
            stores.push(Named { name, variable, store: Store::Redis(store) });
        }
        for (name, variable, when_full) in MEMCACHED {
            let port = ports.take()?;
            let server =
                Server::start(port, move || memcached::start(home, folder, port, when_full))?;
            stores.push(Named { name, variable, store: Store::Memcached(server) });
        }
        let port = ports.take()?;
        let server = Server::start(port, move || postgres::start(home, folder, port, durability))?;
        let store = Store::Postgres(server);
        stores.push(Named { name: "postgres", variable: "DATABASE_URL", store });
        Ok(Self(stores))
    }

    /// Tells the lab's program where the stores are.
    pub(super) fn configure(&self, command: &mut Command) {
        command.envs(self.0.iter().map(|it| (it.variable, it.store.url())));
    }

    /// Does what a line says, and returns what it asks for.
    pub(super) fn obey(&mut self, line: &str) -> Result<String> {
        let (verb, name) = line.split_once(' ').with_context(|| format!("what is `{line}`?"))?;
        let found = self.0.iter_mut().find(|it| it.name == name);
        let store = &mut found.with_context(|| format!("there is no store `{name}`"))?.store;
        match (verb, store) {
            ("processes", store) => {
                let ids: Vec<_> = store.processes().iter().map(u32::to_string).collect();
                return Ok(ids.join(" "));
            }
            ("stop", Store::Redis(redis)) => redis.kill_all()?,
            ("stop", Store::Memcached(server) | Store::Postgres(server)) => server.process = None,
            ("start", Store::Redis(redis)) => {
                redis.start_killed()?;
                redis.settle()?;
            }
            ("start", Store::Memcached(server) | Store::Postgres(server)) => {
                server.process = Some((server.start)()?);
            }
            ("keep-log", Store::Redis(redis)) => redis.keep_logs()?,
            ("drop-log", Store::Redis(redis)) => redis.drop_logs()?,
            ("wipe", Store::Redis(redis)) => redis.wipe()?,
            ("wipe", Store::Memcached(server)) => memcached::wipe(server.port)?,
            ("fill", Store::Redis(redis)) => redis.fill()?,
            ("fill", Store::Memcached(server)) => memcached::fill(server.port)?,
            ("empty", Store::Redis(redis)) => redis.restore_memory()?,
            ("empty", Store::Memcached(server)) => memcached::empty(server.port)?,
            ("fail-over", Store::Redis(redis)) => redis.fail_over()?,
            _ => bail!("{name} cannot {verb}"),
        }
        Ok(String::new())
    }
}

impl Store<'_> {
    fn url(&self) -> String {
        match self {
            Self::Redis(redis) => redis.url().unwrap_or_default().to_owned(),
            Self::Memcached(server) => format!("127.0.0.1:{}", server.port),
            Self::Postgres(server) => {
                format!("postgres://genkan@127.0.0.1:{}/postgres", server.port)
            }
        }
    }

    fn processes(&self) -> Vec<u32> {
        match self {
            Self::Redis(redis) => redis.processes(),
            Self::Memcached(server) | Self::Postgres(server) => {
                server.process.iter().map(Group::process).collect()
            }
        }
    }
}

impl<'a> Server<'a> {
    fn start(port: u16, start: impl Fn() -> Result<Group> + 'a) -> Result<Self> {
        let process = Some(start()?);
        Ok(Self { port, start: Box::new(start), process })
    }
}
