//! The site as several instances behind a load balancer, on this machine: HAProxy with TLS and HTTP/2, three instances,
//! a live-session store with replicas, Postgres with a synchronous standby, and Prometheus.
//!
//! Between the instances and the stores are [links](link::Link), which can delay or lose what passes. [`faults`] begin
//! and heal failures of every part.

mod balancer;
mod certificate;
mod database;
mod faults;
mod instances;
mod link;
mod session_store;
mod watching;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

pub(crate) use self::faults::{FAULTS, Fault};
pub(crate) use self::watching::{Alert, AlertState};
use self::{
    balancer::Balancer,
    database::Database,
    instances::{Addresses, Instances, Setup},
    watching::Watching,
};
pub(crate) use self::{
    balancer::ensure_installed as ensure_balancer,
    certificate::Certificate,
    link::Way,
    session_store::{SessionStore, Store},
};
use crate::os::ports::Block;
use crate::os::{programs, progress::step};
use crate::site::{self, Build};
use crate::stores::{Durability, Home, RunFolder};
use crate::workspace;

/// The first port to try for browsers.
const FIRST_PUBLIC_PORT: u16 = 8443;

/// The parts that can be chosen.
pub(crate) struct Options {
    pub(crate) store: Store,
    pub(crate) build: Build,
    /// The program of another version, for the fault `two-versions`
    pub(crate) other: Option<PathBuf>,
    /// Further variables of the instances
    pub(crate) settings: Vec<(String, String)>,
}

/// The running cluster. Fields are dropped in order.
pub(crate) struct Cluster {
    /// The site's origin
    pub(crate) address: String,
    /// The address of plain HTTP, which is redirected
    pub(crate) plain: String,
    /// The certificate of the authority that signed the site's, in PEM
    pub(crate) certificate: PathBuf,
    /// The folder of logs
    pub(crate) logs: PathBuf,
    other: Option<PathBuf>,
    instances: Instances,
    watching: Watching,
    _balancer: Balancer,
    sessions: SessionStore,
    database: Database,
    /// What all instances have in common
    setup: Setup,
    /// The time since when all instances sign with the newest key
    signs_since: Instant,
    _ports: Block,
    _folder: RunFolder,
}

impl Cluster {
    /// Installs, builds and starts everything, and waits until every instance is ready.
    pub(crate) fn start(options: &Options) -> Result<Self> {
        let other = options.other.as_deref().map(found).transpose()?;
        ensure_balancer()?;
        watching::ensure_installed()?;
        let home = Home::open()?;
        let folder = home.for_this_run(Durability::Kept)?;
        // A copy: what is built while this cluster runs is not for it.
        let built =
            step("Building the site", || site::build_copy(options.build, &folder.0.join("site")))?;
        let mut ports = Block::reserve()?;
        // They outlive this run, until another one has the number.
        let logs = workspace::target().join(format!("cluster/{}", ports.number));
        fs::create_dir_all(&logs).with_context(|| format!("cannot create {}", logs.display()))?;
        let certificate = Certificate::make(&folder.0)?;
        let addresses = Addresses::take(&mut ports)?;

        let database = step("Starting Postgres with a synchronous standby", || {
            Database::start(Home::open()?, &folder.0, &mut ports)
        })?;
        let sessions = step(&format!("Starting {}", options.store.title()), || {
            SessionStore::start(options.store, &home, &folder.0, &mut ports, Way::Proxy)
        })?;
        let public_port = ports.public(FIRST_PUBLIC_PORT)?;
        let balancer = step("Starting HAProxy", || {
            Balancer::start(public_port, &certificate, &addresses, &database, &mut ports, &logs)
        })?;
        let mut setup = Setup::new(&built, &balancer.origin)?;
        setup.set("DATABASE_URL", database.url());
        sessions.configure(&mut setup);
        for (name, value) in &options.settings {
            setup.set(name, value);
        }
        step("Migrating", || site::migrate(&mut setup.command()))?;
        let instances =
            step("Starting three instances", || Instances::start(&setup, &addresses, &logs))?;
        let watching = step("Starting Prometheus", || {
            Watching::start(&addresses, &balancer, &mut ports, &folder.0, &logs)
        })?;
        Ok(Self {
            address: balancer.origin.clone(),
            plain: balancer.plain.clone(),
            certificate: certificate.authority,
            logs,
            other,
            instances,
            watching,
            _balancer: balancer,
            sessions,
            database,
            setup,
            signs_since: Instant::now(),
            _ports: ports,
            _folder: folder,
        })
    }

    /// The program with the cluster's environment, for its commands.
    pub(crate) fn genkan(&self) -> Command {
        self.setup.command()
    }

    /// Prometheus' address.
    pub(crate) fn prometheus(&self) -> &str {
        &self.watching.address
    }

    /// The alerts that are pending or firing.
    pub(crate) fn alerts(&self) -> Result<Vec<Alert>> {
        self.watching.alerts()
    }

    /// Waits until a store has its replicas again, after a fault.
    pub(crate) fn settle(&self) -> Result<()> {
        self.sessions.settle()
    }

    /// Fails if a part has ended by itself, outside of a fault.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.instances.check()
    }
}

/// The whole path of a program, which is started in another folder.
fn found(program: &Path) -> Result<PathBuf> {
    if !programs::is_executable(program) {
        bail!("there is no program {}", program.display());
    }
    program.canonicalize().with_context(|| format!("cannot find {}", program.display()))
}
