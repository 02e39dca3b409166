//! Postgres: a primary and a synchronous standby. The instances reach the primary through a [`Link`] and the balancer,
//! which asks both servers which one it is.
//!
//! Failing over is an operator's work, as a cloud's or Patroni's: stop the old primary, promote the standby, and only then
//! make the old one the standby of the new one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use super::link::{Answers, Link};
use crate::os::process::{self, Group};
use crate::os::{interrupt, ports::Block, programs};
use crate::stores::{Durability, Home, postgres};

const POLL: Duration = Duration::from_millis(100);
const TIME_TO_JOIN: Duration = Duration::from_secs(30);
/// `site` owns the site's database. It is no superuser, so that limits of connections apply to it.
const ROLES: [&str; 3] = [
    "create role haproxy login",
    "create role site login in role pg_monitor",
    "create database genkan owner site",
];

/// The two servers, of which one is the primary.
pub(super) struct Database {
    servers: [Server; 2],
    primary: usize,
    /// Between the instances and the balancer
    link: Link,
    balanced_port: u16,
    home: Home,
}

struct Server {
    folder: PathBuf,
    port: u16,
    /// `None` while it is stopped
    process: Option<Group>,
}

impl Database {
    pub(super) fn start(home: Home, folder: &Path, ports: &mut Block) -> Result<Self> {
        let balanced_port = ports.take()?;
        let link = Link::open(ports.take()?, balanced_port)?;
        let mut server = |name| -> Result<_> {
            let folder = folder.join(name);
            home.provide(&folder)?;
            Ok(Server { folder, port: ports.take()?, process: None })
        };
        let servers = [server("postgres-a")?, server("postgres-b")?];
        let mut this = Self { servers, primary: 0, link, balanced_port, home };
        this.start_server(this.primary)?;
        // Both inherit it: a standby reconnects to a primary that was restarted before commits have waited for long.
        this.execute("alter system set wal_retrieve_retry_interval = '250ms'")?;
        for statement in ROLES {
            this.execute(statement)?;
        }
        this.join_standby()?;
        Ok(this)
    }

    /// The address of the instances' database.
    pub(super) fn url(&self) -> String {
        format!("postgres://site@127.0.0.1:{}/genkan", self.link.port)
    }

    /// The port on which the balancer has to listen.
    pub(super) fn balanced_port(&self) -> u16 {
        self.balanced_port
    }

    pub(super) fn ports(&self) -> [u16; 2] {
        self.servers.each_ref().map(|server| server.port)
    }

    /// Returns whether the balancer leads to the primary alone. Until it has asked both servers, they take turns.
    pub(super) fn is_reachable(&self) -> bool {
        let is_primary = |_| {
            let is_standby = query(self.balanced_port, "select pg_is_in_recovery()");
            is_standby.is_ok_and(|answer| answer == "f")
        };
        self.servers.iter().all(is_primary)
    }

    /// Shuts the primary down.
    pub(super) fn stop(&mut self) -> Result<()> {
        self.servers[self.primary].process.take().context("Postgres is not running").map(drop)
    }

    /// Starts the primary again.
    pub(super) fn start_again(&mut self) -> Result<()> {
        self.start_server(self.primary)
    }

    /// Stops every process of the primary without ending it, or continues them.
    pub(super) fn signal(&self, signal: Signal) -> Result<()> {
        let primary = self.servers[self.primary].process.as_ref();
        primary.context("Postgres is not running")?.signal_tree(signal)
    }

    /// Kills the primary, and promotes the standby.
    pub(super) fn fail_over(&mut self) -> Result<()> {
        if let Some(primary) = self.servers[self.primary].process.take() {
            primary.signal(Signal::SIGKILL)?;
        }
        self.primary = 1 - self.primary;
        self.execute("select pg_promote()")
    }

    /// Makes the server that is not the primary a synchronous standby, with a fresh copy of the data.
    pub(super) fn join_standby(&mut self) -> Result<()> {
        // The copy includes this setting: a promoted standby must not wait for one of its own.
        self.wait_for_standby("")?;
        let standby = &self.servers[1 - self.primary];
        let data = standby.folder.join("postgres/data");
        if data.exists() {
            fs::remove_dir_all(&data).context("cannot remove the old primary's data")?;
        }
        self.home.provide(&standby.folder.join("postgres"))?;
        let mut command = Command::new(program("pg_basebackup")?);
        command.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--pgdata"]);
        command.arg(data).args(["--host=127.0.0.1", "--username=genkan", "--port"]);
        command.arg(self.servers[self.primary].port.to_string()).current_dir("/");
        self.home.run_as_account(&mut command);
        process::run("pg_basebackup", &mut command)?;
        self.start_server(1 - self.primary)?;
        self.wait_for_standby("*")?;

        let deadline = Instant::now() + TIME_TO_JOIN;
        let states = "select sync_state from pg_stat_replication where state = 'streaming'";
        while query(self.servers[self.primary].port, states)? != "sync" {
            if Instant::now() > deadline {
                bail!("the standby of Postgres does not follow the primary");
            }
            interrupt::pause(POLL)?;
        }
        Ok(())
    }

    /// Treats the answers to the instances like this.
    pub(super) fn set_answers(&self, answers: Answers) -> Result<()> {
        self.link.set(answers);
        Ok(())
    }

    /// Refuses the site every connection, and closes those that it has.
    pub(super) fn refuse_connections(&self) -> Result<()> {
        self.execute("alter role site connection limit 0")?;
        self.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'site'",
        )
    }

    pub(super) fn allow_connections(&self) -> Result<()> {
        self.execute("alter role site connection limit -1")
    }

    fn start_server(&mut self, number: usize) -> Result<()> {
        let server = &mut self.servers[number];
        let started =
            postgres::start(&self.home, &server.folder, server.port, Durability::Throwaway)?;
        server.process = Some(started);
        Ok(())
    }

    /// Sets the standbys that a commit waits for.
    fn wait_for_standby(&self, names: &str) -> Result<()> {
        self.execute(&format!("alter system set synchronous_standby_names = '{names}'"))?;
        self.execute("select pg_reload_conf()")
    }

    /// Executes a statement on the primary.
    fn execute(&self, statement: &str) -> Result<()> {
        query(self.servers[self.primary].port, statement).map(drop)
    }
}

/// The result of a statement, as a superuser.
fn query(port: u16, statement: &str) -> Result<String> {
    let mut command = Command::new(program("psql")?);
    command.args(["-h", "127.0.0.1", "-U", "genkan", "-d", "postgres", "-p", &port.to_string()]);
    command.args(["--no-psqlrc", "-Atqc", statement]).env("PGCONNECT_TIMEOUT", "5");
    process::reply_of(&mut command).with_context(|| format!("Postgres does not do `{statement}`"))
}

fn program(name: &str) -> Result<PathBuf> {
    Ok(programs::ensure("postgresql", postgres::find)?.join(name))
}
