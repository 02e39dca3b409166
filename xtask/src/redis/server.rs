//! One process of Redis or Valkey.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::sys::signal::Signal;

use super::find_or_install;
use crate::interrupt;
use crate::logs;
use crate::process::{self, Group};
use crate::resp;
use crate::store_home::StoreHome;

const TIME_TO_START: Duration = Duration::from_secs(20);

/// A running process on loopback, ended when dropped.
pub(super) struct Server {
    process: Group,
    log: PathBuf,
    pub(super) port: u16,
}

impl Server {
    /// Starts it in `folder`, with these arguments besides those that every server gets. `first` comes before all
    /// of them: a configuration file.
    ///
    /// # Errors
    /// There is no Redis to be had.
    pub(super) fn start(
        home: &StoreHome,
        folder: &Path,
        port: u16,
        first: Option<&Path>,
        arguments: &[&str],
    ) -> Result<Self> {
        let program = find_or_install()?;
        home.account.provide(folder)?;
        let mut command = process::leashed(program, Signal::SIGTERM);
        command.current_dir(folder).args(first).arg("--dir").arg(folder);
        command.args(["--bind", "127.0.0.1", "--daemonize", "no", "--port"]).arg(port.to_string());
        command.args(arguments);
        let log = folder.join("log");
        logs::write_to(&mut command, &log)?;
        home.account.apply(&mut command);
        let process = Group::spawn("Redis", &mut command, Signal::SIGTERM)?;
        Ok(Self { process, log, port })
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// It does not; its last words are in the error.
    pub(super) fn answers(&mut self) -> Result<()> {
        let port = self.port;
        self.wait_until(|| resp::ask(port, &["PING"]).is_ok_and(|answer| answer == "PONG"))
    }

    /// Waits until it is as it should be.
    ///
    /// # Errors
    /// It has ended, or takes too long; its last words are in the error.
    pub(super) fn wait_until(&mut self, is_ready: impl Fn() -> bool) -> Result<()> {
        let deadline = Instant::now() + TIME_TO_START;
        while !is_ready() {
            if self.process.status()?.is_some() || Instant::now() > deadline {
                bail!(
                    "Redis does not start. The end of {}:\n{}",
                    self.log.display(),
                    logs::end_of(&self.log)
                );
            }
            interrupt::pause(Duration::from_millis(50))?;
        }
        Ok(())
    }
}
