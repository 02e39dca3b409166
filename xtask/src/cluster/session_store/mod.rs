//! The live-session store: Redis with a replica and three sentinels, a cluster of Valkey, or the site's Postgres; and, for
//! the lab, one server.

mod node;
mod programs;
mod sentinel;
mod sharded;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use self::{node::Node, programs::Programs, sentinel::Sentinel};
use super::instances::Setup;
use super::link::{Answers, Way};
use crate::os::{interrupt, ports::Block};
use crate::stores::Home;

/// `maxmemory` of each server.
const MEMORY: &str = "128mb";
const PASSWORD: &str = "sesame";
/// A port on which no server listens.
const NOWHERE: &str = "1";
/// Some hundred records.
const EVICTED_BYTES: u64 = 50_000;
/// More than a failover takes, and the first copy of a replica.
const TIME_TO_SETTLE: Duration = Duration::from_secs(60);

/// A kind of live-session store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Sentinel,
    ValkeyCluster,
    Postgres,
    /// One server without a replica
    Redis,
    /// One server without a replica
    Valkey,
}

impl Store {
    /// Those that a cluster of the site may have.
    const ALL: [(&str, Self); 3] = [
        ("sentinel", Self::Sentinel),
        ("valkey-cluster", Self::ValkeyCluster),
        ("postgres", Self::Postgres),
    ];

    pub(crate) fn named(name: &str) -> Result<Self> {
        let known = Self::ALL.iter().find(|(known, _)| *known == name);
        let (_, store) = known.with_context(|| {
            format!("there is no store `{name}`: {}", Self::ALL.map(|(known, _)| known).join(", "))
        })?;
        Ok(*store)
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Sentinel => "Redis with a replica and three sentinels",
            Self::ValkeyCluster => "a Valkey cluster of three masters and three replicas",
            Self::Postgres => "nothing else: Postgres has the live sessions",
            Self::Redis => "Redis",
            Self::Valkey => "Valkey",
        }
    }
}

/// The running store.
pub(crate) struct SessionStore {
    kind: Store,
    /// The value of `REDIS_URL`
    url: Option<String>,
    nodes: Vec<Node>,
    sentinels: Vec<Sentinel>,
}

impl SessionStore {
    /// Starts it; clients reach its servers that way.
    pub(crate) fn start(
        kind: Store,
        home: &Home,
        folder: &Path,
        ports: &mut Block,
        way: Way,
    ) -> Result<Self> {
        match kind {
            Store::Sentinel => sentinel::start(&Programs::redis()?, home, folder, ports, way),
            Store::ValkeyCluster => {
                let valkey = Programs::valkey_if_possible(folder)?;
                sharded::start(&valkey, home, folder, ports, way)
            }
            Store::Postgres => {
                Ok(Self { kind, url: None, nodes: Vec::new(), sentinels: Vec::new() })
            }
            Store::Redis | Store::Valkey => {
                let programs = match kind {
                    Store::Valkey => Programs::valkey_if_possible(folder)?,
                    _ => Programs::redis()?,
                };
                let node =
                    Node::start(&programs, home, folder.join("server"), way.link(ports)?, &[])?;
                let url = Some(format!("redis://127.0.0.1:{}", node.link.port));
                Ok(Self { kind, url, nodes: vec![node], sentinels: Vec::new() })
            }
        }
    }

    /// The value of `REDIS_URL`.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The processes that run.
    pub(crate) fn processes(&self) -> Vec<u32> {
        let sentinels = self.sentinels.iter().map(Sentinel::process);
        self.nodes.iter().filter_map(Node::process).chain(sentinels).collect()
    }

    /// Kills one master, waits until its replica has taken over, and makes it the replica of that. The replica has every
    /// write by then: how many it misses under load is another question.
    pub(crate) fn fail_over(&mut self) -> Result<()> {
        self.catch_up()?;
        let masters = self.masters();
        self.kill_master()?;
        wait_until("a replica has taken over", || Ok(self.masters() == masters))?;
        // Started before, the server that has failed would be a master without data, to which clients are still sent.
        for sentinel in &self.sentinels {
            sentinel.wait_for_master(&self.nodes[self.master()?])?;
        }
        self.start_killed()?;
        self.settle()
    }

    /// Waits until every replica has what its master has written so far.
    fn catch_up(&self) -> Result<()> {
        for master in self.nodes.iter().filter(|node| node.is_master()) {
            let written = master.info("master_repl_offset")?;
            let port = u64::from(master.link.port);
            for node in &self.nodes {
                if node.info("master_port").is_ok_and(|of| of == port) {
                    wait_until("a replica has caught up", || {
                        Ok(node.info("slave_repl_offset")? >= written)
                    })?;
                }
            }
        }
        Ok(())
    }

    fn masters(&self) -> usize {
        self.nodes.iter().filter(|node| node.is_master()).count()
    }

    /// Tells an instance where sessions are kept.
    pub(super) fn configure(&self, setup: &mut Setup) {
        match &self.url {
            Some(url) => setup.set("REDIS_URL", url),
            None => setup.set("LIVE_SESSIONS", "postgres"),
        }
    }

    pub(super) fn kind(&self) -> Store {
        self.kind
    }

    /// Waits until every server is a master or a replica that follows one, as before a fault.
    pub(crate) fn settle(&self) -> Result<()> {
        // A single server has no replica, and Postgres no server of its own.
        let masters = self.nodes.len().div_ceil(2);
        wait_until("the live-session store has its replicas back", || {
            let (leading, others): (Vec<_>, Vec<_>) =
                self.nodes.iter().partition(|node| node.is_master());
            Ok(leading.len() == masters && others.iter().all(|node| node.follows()))
        })
    }

    /// Treats the answers of every server like this.
    pub(super) fn set_answers(&self, answers: Answers) -> Result<()> {
        for node in &self.nodes {
            node.link.set(answers);
        }
        Ok(())
    }

    pub(crate) fn kill_all(&mut self) -> Result<()> {
        self.nodes.iter_mut().try_for_each(Node::kill)
    }

    /// Kills one master, whose replica takes over.
    pub(super) fn kill_master(&mut self) -> Result<()> {
        let master = self.master()?;
        self.nodes[master].kill()
    }

    /// Starts every server that was killed.
    pub(crate) fn start_killed(&mut self) -> Result<()> {
        self.nodes.iter_mut().filter(|node| !node.is_running()).try_for_each(Node::start_again)
    }

    /// Has every server keep a log of its writes, with which it starts again after being killed.
    pub(crate) fn keep_logs(&self) -> Result<()> {
        self.nodes.iter().try_for_each(Node::keep_log)
    }

    pub(crate) fn drop_logs(&self) -> Result<()> {
        self.nodes.iter().try_for_each(Node::drop_log)
    }

    /// Stops one master without ending it.
    pub(super) fn freeze_master(&mut self) -> Result<()> {
        self.nodes[self.master()?].signal(Signal::SIGSTOP)
    }

    /// Continues what was frozen.
    pub(super) fn thaw(&self) -> Result<()> {
        let mut running = self.nodes.iter().filter(|node| node.is_running());
        running.try_for_each(|node| node.signal(Signal::SIGCONT))
    }

    /// Makes the master the replica of a server that does not exist: it refuses writes.
    pub(super) fn demote_master(&self) -> Result<()> {
        self.nodes[self.master()?].ask(&["REPLICAOF", "127.0.0.1", NOWHERE]).map(drop)
    }

    /// Makes the demoted server a master again, unless the sentinels have made another one.
    pub(super) fn promote_demoted(&self) -> Result<()> {
        if self.master().is_ok() {
            return Ok(());
        }
        let is_demoted = |node: &&Node| {
            node.ask(&["ROLE"]).is_ok_and(|role| role.lines().nth(2) == Some(NOWHERE))
        };
        let demoted = self.nodes.iter().find(is_demoted).context("no server was demoted")?;
        demoted.ask(&["REPLICAOF", "NO", "ONE"]).map(drop)
    }

    /// Restarts one master, which then loads its data for that long.
    pub(super) fn load_slowly(&mut self, duration: Duration) -> Result<()> {
        let master = self.master()?;
        self.nodes[master].load_slowly(duration)
    }

    pub(super) fn load_fast(&self) -> Result<()> {
        self.nodes.iter().try_for_each(Node::load_fast)
    }

    /// Leaves no memory, so that every write is refused.
    pub(crate) fn fill(&self) -> Result<()> {
        self.nodes.iter().try_for_each(|node| node.set("maxmemory", "1"))
    }

    /// Takes some of the memory in use, and evicts any record for others.
    pub(super) fn evict(&self) -> Result<()> {
        for node in &self.nodes {
            node.set("maxmemory-policy", "allkeys-random")?;
            let used = node.info("used_memory")?;
            node.set("maxmemory", &used.saturating_sub(EVICTED_BYTES).to_string())?;
        }
        Ok(())
    }

    /// Gives every server its memory and refuses to evict, as usual.
    pub(crate) fn restore_memory(&self) -> Result<()> {
        for node in &self.nodes {
            // First, so that no write is refused in between.
            node.set("maxmemory", MEMORY)?;
            node.set("maxmemory-policy", "noeviction")?;
        }
        Ok(())
    }

    pub(super) fn demand_password(&mut self) -> Result<()> {
        self.nodes.iter_mut().try_for_each(|node| node.demand(Some(PASSWORD)))
    }

    pub(super) fn demand_no_password(&mut self) -> Result<()> {
        self.nodes.iter_mut().try_for_each(|node| node.demand(None))
    }

    /// Deletes every record.
    pub(crate) fn wipe(&self) -> Result<()> {
        let masters = self.nodes.iter().filter(|node| node.is_master());
        for master in masters {
            master.ask(&["FLUSHALL"])?;
        }
        Ok(())
    }

    /// The first server that is a master.
    fn master(&self) -> Result<usize> {
        self.nodes.iter().position(Node::is_master).context("no Redis server is a master")
    }
}

fn wait_until(what: &str, is_so: impl Fn() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + TIME_TO_SETTLE;
    while !is_so()? {
        if Instant::now() > deadline {
            bail!("waited in vain until {what}");
        }
        interrupt::pause(Duration::from_millis(100))?;
    }
    Ok(())
}
