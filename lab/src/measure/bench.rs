//! What every measurement needs: the program, the stores, the balancer, and instances of a variant.

use std::{
    collections::BTreeSet,
    env,
    net::SocketAddr,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use measuring::{instance::Instance, processor};
use tokio_rustls::TlsConnector;

use super::{
    browser::Browser,
    door::{self, Door},
    statistics::Statistics,
    stores::Urls,
    variants::Variant,
};
use crate::{approaches::Approach, results::On};

/// The key that all instances share, in base64: 32 bytes.
const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
/// More than the balancer needs to notice, and clients to reconnect.
pub const SETTLES_WITHIN: Duration = Duration::from_secs(20);
pub const POLL: Duration = Duration::from_millis(20);
/// Members of each variant.
pub const MEMBERS: usize = 256;
/// Instances behind the balancer.
pub const INSTANCES: usize = 3;

/// Where everything is, as `cargo xtask lab` says.
#[derive(Args)]
pub struct Surroundings {
    #[command(flatten)]
    pub urls: Urls,
    #[arg(long, env)]
    round_robin: SocketAddr,
    #[arg(long, env)]
    sticky_balancer: SocketAddr,
    #[arg(long, env)]
    sticky_application: SocketAddr,
    #[arg(long, env)]
    instance_a: SocketAddr,
    #[arg(long, env)]
    instance_b: SocketAddr,
    #[arg(long, env)]
    instance_c: SocketAddr,
    #[arg(long, env)]
    instance_d: SocketAddr,
    /// The process of the balancer, whose workers are its children
    #[arg(long, env)]
    balancer: u32,
    /// The file with the certificate of the balancer's authority
    #[arg(long, env)]
    authority: PathBuf,
}

impl Surroundings {
    /// The processor time of the balancer so far.
    pub fn balancer_time(&self) -> Result<Duration> {
        processor::time_with_children(self.balancer)
    }
}

/// A variant, ready to start instances of it: its database has the members.
pub struct Bench<'a> {
    pub variant: Variant,
    pub surroundings: &'a Surroundings,
    pub database_url: String,
    tls: TlsConnector,
    pinning: Pinning,
}

/// Whether instances have a processor of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pinning {
    On,
    Off,
}

impl<'a> Bench<'a> {
    /// Makes the database, and adds the members.
    pub async fn prepare(
        variant: Variant,
        surroundings: &'a Surroundings,
        pinning: Pinning,
    ) -> Result<Self> {
        let database_url = surroundings.urls.new_database(&variant.name()).await?;
        let tls = door::trusting(&surroundings.authority)?;
        let this = Self { variant, surroundings, database_url, tls, pinning };
        let instance = this.instance(&[]).await?;
        let mut door = Door::to(instance.address);
        for number in 0..MEMBERS {
            let form = format!("member={}&role=admin", member(number));
            let added = Browser::default().post(&mut door, "/members", &form).await?;
            ensure!(added.status == 204, "a new member gets {}", added.status);
        }
        Ok(this)
    }

    /// An instance. `changes` replace variables of its environment.
    pub async fn instance(&self, changes: &[(&str, String)]) -> Result<Instance> {
        start(self.command(changes, &[processor::INSTANCES])?).await
    }

    /// An instance that handles two requests at the same moment: it has both processors, and a thread on each.
    pub async fn parallel_instance(&self) -> Result<Instance> {
        start(self.command(&[], &[processor::INSTANCES, processor::STORES_AND_LOAD])?).await
    }

    /// Instances behind the balancer, once it has noticed them.
    pub async fn balanced(&self) -> Result<Cluster<'_>> {
        let mut cluster = Cluster { bench: self, instances: Vec::new() };
        for letter in &LETTERS[..INSTANCES] {
            cluster.start(letter)?;
        }
        cluster.settle().await?;
        Ok(cluster)
    }

    /// What the session store reports about itself. `None` without one, and for Postgres.
    pub async fn statistics(&self) -> Result<Option<Statistics>> {
        let Some(store) = self.variant.session_store() else { return Ok(None) };
        let urls = &self.surroundings.urls;
        Ok(match (urls.memcached(store), urls.of(store)) {
            (Some(address), _) => Some(Statistics::Memcached(address)),
            (None, Some(url)) => Some(Statistics::of_redis(url).await?),
            (None, None) => None,
        })
    }

    /// The address of the session store as the environment of an instance names it.
    fn cache_variable(&self) -> Option<(&'static str, String)> {
        let urls = &self.surroundings.urls;
        let store = self.variant.session_store()?;
        match urls.memcached(store) {
            Some(address) => Some(("MEMCACHED_URL", address.to_string())),
            None => Some(("REDIS_URL", urls.of(store)?.to_owned())),
        }
    }

    fn command(&self, changes: &[(&str, String)], processors: &[u32]) -> Result<Command> {
        let program = env::current_exe().context("this program has no path")?;
        let mut command = match self.pinning {
            Pinning::On => processor::command_on(processors, program),
            Pinning::Off => Command::new(program),
        };
        command.args(["serve", &self.variant.approach.to_string()]);
        command.env_clear().envs(env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("DATABASE_URL", &self.database_url).env("LAB_KEY", KEY);
        command.envs(self.cache_variable());
        if self.variant.approach == Approach::Genkan {
            let store = match self.variant.on {
                On::Postgres => "postgres",
                On::Memory => "memory",
                On::Memcached => "memcached",
                _ => "redis",
            };
            command.env("LIVE_SESSIONS", store);
        }
        command.envs(changes.iter().map(|(name, value)| (name, value)));
        // What it has to say about failing stores is expected here.
        command.env("RUST_LOG", "off");
        Ok(command)
    }

    fn address(&self, letter: &str) -> SocketAddr {
        let it = self.surroundings;
        match letter {
            "a" => it.instance_a,
            "b" => it.instance_b,
            "c" => it.instance_c,
            _ => it.instance_d,
        }
    }
}

async fn start(command: Command) -> Result<Instance> {
    // A proxy of this process may stand between it and its stores.
    tokio::task::spawn_blocking(move || Instance::start(command)).await?
}

/// The name of a member.
pub fn member(number: usize) -> String {
    format!("member-{}", number % MEMBERS)
}

/// The instances behind the balancer, as it calls them.
const LETTERS: [&str; 4] = ["a", "b", "c", "d"];

/// Instances behind the balancer.
pub struct Cluster<'a> {
    bench: &'a Bench<'a>,
    instances: Vec<(&'static str, Instance)>,
}

impl Cluster<'_> {
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.instances.iter().map(|(_, instance)| instance)
    }

    /// A way in through the balancer.
    pub fn door(&self) -> Door {
        let it = self.bench.surroundings;
        let address = match self.bench.variant.on {
            On::StickyBalancer => it.sticky_balancer,
            On::StickyApplication => it.sticky_application,
            _ => it.round_robin,
        };
        Door::with_tls(address, self.bench.tls.clone())
    }

    pub async fn kill_one(&mut self) -> Result<()> {
        self.instances.remove(0);
        self.settle().await
    }

    /// Kills the first instance, and starts it again.
    pub async fn restart_one(&mut self) -> Result<()> {
        let (letter, instance) = self.instances.remove(0);
        drop(instance);
        self.settle().await?;
        self.start(letter)?;
        self.settle().await
    }

    pub async fn add_one(&mut self) -> Result<()> {
        let letter = LETTERS[self.instances.len()];
        self.start(letter)?;
        self.settle().await
    }

    fn start(&mut self, letter: &'static str) -> Result<()> {
        let command = self.bench.command(&[], &[processor::INSTANCES])?;
        let address = self.bench.address(letter);
        self.instances.push((letter, Instance::start_at(address, command)?));
        Ok(())
    }

    /// Waits until the balancer sends requests to these instances and to no other.
    async fn settle(&self) -> Result<()> {
        let running: BTreeSet<_> = self.instances.iter().map(|(letter, _)| *letter).collect();
        let deadline = Instant::now() + SETTLES_WITHIN;
        loop {
            let mut seen = BTreeSet::new();
            for _ in 0..2 * LETTERS.len() {
                seen.insert(self.who_answers().await?);
            }
            if seen
                .iter()
                .map(|letter| letter.as_deref().unwrap_or_default())
                .eq(running.iter().copied())
            {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "the balancer sends requests to {seen:?}");
            tokio::time::sleep(POLL).await;
        }
    }

    /// The instance that a new browser gets to; `None` if none is up.
    async fn who_answers(&self) -> Result<Option<String>> {
        let mut door = self.door();
        let response = door.ask(&Browser::default().request("GET", "/health", "")).await?;
        let name = |line: &str| line.strip_prefix("x-instance: ").map(str::to_owned);
        Ok(response.head().lines().find_map(name).filter(|_| response.status() == 200))
    }
}
