//! The server in processes of its own, all on one processor.

use std::{
    env,
    ffi::OsStr,
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use measuring::{instance::Instance, processor};

pub const PUBLIC_URL: &str = "http://localhost:3000";
/// The entry of `SECRET_KEYS`
pub const KEY: &str = "k1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

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
        Ok(Running((0..count).map(|_| Instance::start(self.command())).collect::<Result<_>>()?))
    }

    /// Starts an instance under Valgrind's tool, which has these arguments.
    pub fn start_under_valgrind(&self, arguments: &[String]) -> Result<Instance> {
        let mut command = self.command_of("valgrind");
        command.args(arguments).arg(&self.path);
        Instance::start(command)
    }

    /// The program on its processor, without this one's environment, in a folder from which no `.env` is found.
    fn command(&self) -> Command {
        self.command_of(&self.path)
    }

    fn command_of(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = processor::command_on(&[processor::INSTANCES], program);
        command.env_clear().envs(env::var_os("PATH").map(|path| ("PATH", path)));
        command.current_dir(env::temp_dir());
        command.env("DATABASE_URL", &self.database_url).env("REDIS_URL", &self.redis_url);
        command.env("SECRET_KEYS", KEY).env("PUBLIC_URL", PUBLIC_URL);
        command.env("DEV_MAILBOX", "on").env("RATE_LIMITS", "off");
        command.env("LEPTOS_OUTPUT_NAME", "genkan").env("RUST_LOG", "error,audit=off");
        command
    }
}

/// The running instances.
pub struct Running(Vec<Instance>);

impl Running {
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.0.iter().map(|instance| instance.address).collect()
    }

    /// The processor time of all of them so far.
    pub fn processor_time(&self) -> Result<Duration> {
        self.0.iter().map(Instance::processor_time).sum()
    }
}

fn require_success(name: &str, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}
