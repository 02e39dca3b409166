//! The server's release build in processes of its own, all on one processor.

use std::{
    env,
    io::Write,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    time::{clock_getcpuclockid, clock_gettime},
    unistd::Pid,
};

/// The processor of the servers.
const SERVERS: u32 = 0;
/// The processor of the stores and of the load.
pub const STORES_AND_LOAD: u32 = 1;
pub const PUBLIC_URL: &str = "http://localhost:3000";
/// The entry of `SECRET_KEYS`
pub const KEY: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const TIME_TO_START: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);

/// The server's program and its settings.
pub struct Program {
    path: PathBuf,
    database_url: String,
    redis_url: String,
}

impl Program {
    pub fn new(path: PathBuf, database_url: &str, redis_url: &str) -> Self {
        let [database_url, redis_url] = [database_url, redis_url].map(str::to_owned);
        Self { path, database_url, redis_url }
    }

    pub fn migrate(&self) -> Result<()> {
        require_success("genkan migrate", self.command().arg("migrate").status()?)
    }

    /// Adds a member.
    pub fn seed(&self, email: &str, password: &str) -> Result<()> {
        let mut command = self.command();
        command.args(["admin", "seed", email, "Hana"]).stdin(Stdio::piped());
        let mut child = command.spawn()?;
        child.stdin.take().context("no pipe")?.write_all(password.as_bytes())?;
        require_success("genkan admin seed", child.wait()?)
    }

    /// Starts that many instances, and waits until they accept connections.
    pub fn start(&self, count: usize) -> Result<Running> {
        let mut running = Running { children: Vec::new(), addresses: Vec::new() };
        for _ in 0..count {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
            running.children.push(self.command().env("PORT", free.port().to_string()).spawn()?);
            running.addresses.push(free);
        }
        let deadline = Instant::now() + TIME_TO_START;
        for address in &running.addresses {
            while TcpStream::connect(address).is_err() {
                if Instant::now() > deadline {
                    bail!("the server does not start");
                }
                thread::sleep(POLL);
            }
        }
        Ok(running)
    }

    /// The program on its processor, without this one's environment, in a folder from which no `.env` is found.
    fn command(&self) -> Command {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &SERVERS.to_string()]).arg(&self.path);
        command.env_clear().envs(env::var_os("PATH").map(|path| ("PATH", path)));
        command.current_dir(env::temp_dir());
        command.env("DATABASE_URL", &self.database_url).env("REDIS_URL", &self.redis_url);
        command.env("SECRET_KEYS", KEY).env("PUBLIC_URL", PUBLIC_URL);
        command.env("DEV_MAILBOX", "on").env("RATE_LIMITS", "off");
        command.env("LEPTOS_OUTPUT_NAME", "genkan").env("RUST_LOG", "error,audit=off");
        command
    }
}

/// Instances that run until they are dropped.
pub struct Running {
    children: Vec<Child>,
    pub addresses: Vec<SocketAddr>,
}

impl Running {
    /// The processor time of all of them so far.
    pub fn processor_time(&self) -> Result<Duration> {
        self.children.iter().map(|child| processor_time(child.id())).sum()
    }
}

impl Drop for Running {
    /// Kills them: nothing is under way that would be lost.
    fn drop(&mut self) {
        for child in &mut self.children {
            // An error means that it has ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Binds all threads of a process, and those that it starts, to a processor.
pub fn pin(process: u32, processor: u32) -> Result<()> {
    let mut command = Command::new("taskset");
    command.args(["--all-tasks", "--cpu-list", "--pid", &processor.to_string()]);
    command.arg(process.to_string()).stdout(Stdio::null());
    let status = command.status().context("cannot start taskset, which is part of util-linux")?;
    require_success("taskset", status).context("two processors are needed")
}

/// The processor time of a process so far, with that of threads that have ended.
pub fn processor_time(process: u32) -> Result<Duration> {
    let clock = clock_getcpuclockid(Pid::from_raw(process.try_into()?))?;
    Ok(clock_gettime(clock)?.into())
}

fn require_success(name: &str, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}
