//! One Redis or Valkey server, and the link that everything else connects to.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use super::super::link::Link;
use super::programs::Programs;
use crate::os::interrupt;
use crate::os::process::{self, Group};
use crate::stores::Home;

const SETTINGS: &str = "node.conf";
const POLL: Duration = Duration::from_millis(100);
const TIME_TO_CHANGE: Duration = Duration::from_secs(30);

/// Records that expire within two minutes.
const FILLING: &str = "\
for number = 1, 2000 do
  redis.call('SET', KEYS[1] .. number, string.rep('x', 200), 'EX', 120)
end";
/// Tags to try, of which some are in any third of a cluster's slots.
const TAGS: u32 = 20;

/// A server that can be stopped and started again.
pub(super) struct Node {
    pub(super) link: Link,
    folder: PathBuf,
    command: Command,
    client: Client,
    /// `None` while it is stopped
    process: Option<Group>,
}

/// `redis-cli`, connected to one server past its link.
#[derive(Clone)]
pub(super) struct Client {
    program: PathBuf,
    port: u16,
    password: Option<&'static str>,
}

impl Node {
    /// Starts an empty server behind `link`, with further arguments.
    pub(super) fn start(
        programs: &Programs,
        home: &Home,
        folder: PathBuf,
        link: Link,
        arguments: &[&str],
    ) -> Result<Self> {
        home.provide(&folder)?;
        let port = link.target;
        // The server notes here what a sentinel makes of it, for its next start.
        home.write(&folder.join(SETTINGS), "")?;
        let mut command = process::leashed(&programs.server, Signal::SIGTERM);
        command.arg(SETTINGS).args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
        command.args(["--save", "", "--maxmemory-policy", "noeviction"]);
        command.args(["--maxmemory", super::MEMORY, "--repl-diskless-sync-delay", "0"]);
        command.args(["--rdb-del-sync-files", "yes"]).args(arguments);
        command.current_dir(&folder);
        home.run_as_account(&mut command);
        let client = Client::new(programs, port);
        let mut this = Self { link, folder, command, client, process: None };
        this.start_again()?;
        Ok(this)
    }

    /// Starts the server again, without data unless it keeps a log.
    pub(super) fn start_again(&mut self) -> Result<()> {
        match fs::remove_file(self.folder.join("dump.rdb")) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).context("cannot remove old data")
            }
            _ => self.start_with_data(),
        }
    }

    /// Restarts the server with its data, which takes this long to load unless [`Node::load_fast`] is called.
    pub(super) fn load_slowly(&mut self, duration: Duration) -> Result<()> {
        // With many records, the pauses between them are short. Those of a cluster's node have a tag of its slots.
        let fill = |tag: u32| self.ask(&["EVAL", FILLING, "1", &format!("{{{tag}}}")]);
        (0..TAGS).find_map(|tag| fill(tag).ok()).context("Redis takes no records")?;
        let records: u32 = self.ask(&["DBSIZE"])?.parse().context("not a number of records")?;
        self.ask(&["SAVE"])?;
        self.kill()?;
        // Only a configuration file takes these two. After each kilobyte the server looks for connections.
        let delay = (duration / records).as_micros();
        let settings =
            format!("key-load-delay {delay}\nloading-process-events-interval-bytes 1024\n");
        let mut file = OpenOptions::new().append(true).open(self.folder.join(SETTINGS))?;
        file.write_all(settings.as_bytes()).context("cannot change the settings of Redis")?;
        self.start_with_data()
    }

    /// Has the server append every write to a file, with which it starts again.
    pub(super) fn keep_log(&self) -> Result<()> {
        self.set("appendonly", "yes")?;
        // Only a configuration file outlives the process.
        self.ask(&["CONFIG", "REWRITE"])?;
        let written = ["aof_enabled:1", "aof_rewrite_scheduled:0", "aof_rewrite_in_progress:0"];
        self.wait_for(&["INFO", "persistence"], &written)
    }

    /// Keeps nothing from now on, as usual.
    pub(super) fn drop_log(&self) -> Result<()> {
        self.set("appendonly", "no")?;
        self.ask(&["CONFIG", "REWRITE"]).map(drop)
    }

    /// Loads the rest at once, now and from now on.
    pub(super) fn load_fast(&self) -> Result<()> {
        self.set("key-load-delay", "0")?;
        self.ask(&["CONFIG", "REWRITE"]).map(drop)
    }

    /// The process, while it runs.
    pub(super) fn process(&self) -> Option<u32> {
        self.process.as_ref().map(Group::process)
    }

    pub(super) fn is_running(&self) -> bool {
        self.process.is_some()
    }

    fn start_with_data(&mut self) -> Result<()> {
        let client = self.client.clone();
        let log = self.folder.join("log");
        let process = Group::serve("Redis", &mut self.command, Signal::SIGTERM, &log, move || {
            client.answers()
        })?;
        self.process = Some(process);
        Ok(())
    }

    /// Ends the server without warning.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.process.take().map_or(Ok(()), |process| process.signal(Signal::SIGKILL))
    }

    pub(super) fn signal(&self, signal: Signal) -> Result<()> {
        self.process.as_ref().context("Redis is not running")?.signal(signal)
    }

    pub(super) fn is_master(&self) -> bool {
        self.process.is_some()
            && self.ask(&["ROLE"]).is_ok_and(|role| role.lines().next() == Some("master"))
    }

    /// Returns whether the server is a replica and connected to its master.
    pub(super) fn follows(&self) -> bool {
        let is_up = |info: String| info.lines().any(|line| line.trim() == "master_link_status:up");
        self.process.is_some() && self.ask(&["INFO", "replication"]).is_ok_and(is_up)
    }

    /// Sends a command past the link.
    pub(super) fn ask(&self, command: &[&str]) -> Result<String> {
        self.client.ask(command)
    }

    /// Changes a setting at run time.
    pub(super) fn set(&self, name: &str, value: &str) -> Result<()> {
        self.ask(&["CONFIG", "SET", name, value]).map(drop)
    }

    /// A number from `INFO`.
    pub(super) fn info(&self, field: &str) -> Result<u64> {
        let info = self.ask(&["INFO"])?;
        let value =
            info.lines().find_map(|line| line.trim().strip_prefix(field)?.strip_prefix(':'));
        value.and_then(|value| value.parse().ok()).with_context(|| format!("INFO has no {field}"))
    }

    /// Demands this password from every connection, the present ones included, or none.
    pub(super) fn demand(&mut self, password: Option<&'static str>) -> Result<()> {
        self.set("requirepass", password.unwrap_or_default())?;
        self.client.password = password;
        self.ask(&["CLIENT", "KILL", "TYPE", "normal"]).map(drop)
    }

    /// Repeats a command until its reply has each of these lines.
    pub(super) fn wait_for(&self, command: &[&str], lines: &[&str]) -> Result<()> {
        self.client.wait_for(command, lines)
    }
}

impl Client {
    pub(super) fn new(programs: &Programs, port: u16) -> Self {
        Self { program: programs.client.clone(), port, password: None }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn ask(&self, command: &[&str]) -> Result<String> {
        let mut client = Command::new(&self.program);
        client.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-e"]);
        if let Some(password) = self.password {
            client.args(["-a", password, "--no-auth-warning"]);
        }
        client.args(command);
        process::reply_of(&mut client).with_context(|| format!("Redis does not do {command:?}"))
    }

    /// Returns whether the server responds, be it that it is still loading.
    fn answers(&self) -> bool {
        let mut client = Command::new(&self.program);
        client.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "PING"]);
        process::output_of(&mut client)
            .is_some_and(|reply| reply == "PONG" || reply.starts_with("LOADING"))
    }

    pub(super) fn wait_for(&self, command: &[&str], lines: &[&str]) -> Result<()> {
        let deadline = Instant::now() + TIME_TO_CHANGE;
        loop {
            let reply = self.ask(command)?;
            if lines.iter().all(|line| reply.lines().any(|found| found.trim() == *line)) {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("{command:?} does not say {lines:?}, but:\n{reply}");
            }
            interrupt::pause(POLL)?;
        }
    }
}
