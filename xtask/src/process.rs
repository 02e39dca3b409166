//! Child processes. Each runs in a process group of its own, and the group ends when its [`Group`] is dropped:
//! a failed step, an early return and Ctrl-C all end what was started, grandchildren included.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::interrupt;
use crate::programs;
use crate::progress::Heartbeat;

const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Postgres flushes and browsers close within this; what has not ended by then is killed.
const TIME_TO_END: Duration = Duration::from_secs(15);

/// A running child and all its descendants that stayed in its group.
pub(crate) struct Group {
    name: String,
    child: Child,
    stop_signal: Signal,
    ended: Option<ExitStatus>,
}

impl Group {
    /// Starts `command` in a group of its own, which `stop_signal` will ask to end.
    ///
    /// # Errors
    /// The program could not be started.
    pub(crate) fn spawn(name: &str, command: &mut Command, stop_signal: Signal) -> Result<Self> {
        // A background group that reads the terminal is stopped by it, so there is nothing to read.
        Self::spawn_reading(name, command, stop_signal, Stdio::null())
    }

    fn spawn_reading(
        name: &str,
        command: &mut Command,
        stop_signal: Signal,
        input: Stdio,
    ) -> Result<Self> {
        interrupt::check()?;
        let child = command
            .process_group(0)
            .stdin(input)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self { name: name.to_owned(), child, stop_signal, ended: None })
    }

    /// The exit status, if it has ended by itself.
    ///
    /// # Errors
    /// The operating system would not say.
    pub(crate) fn status(&mut self) -> Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended =
                self.child.try_wait().with_context(|| format!("cannot wait for {}", self.name))?;
        }
        Ok(self.ended)
    }

    /// Waits for the end, with a sign of life on long waits.
    ///
    /// # Errors
    /// Interrupted; the group is ended when it is dropped.
    pub(crate) fn wait(mut self) -> Result<ExitStatus> {
        let name = self.name.clone();
        let mut heartbeat = Heartbeat::new(&name);
        loop {
            if let Some(status) = self.status()? {
                return Ok(status);
            }
            heartbeat.beat();
            interrupt::pause(LOOK_EVERY)?;
        }
    }

    fn has_ended_by(&mut self, deadline: Instant) -> bool {
        loop {
            if matches!(self.status(), Ok(Some(_)) | Err(_)) {
                return true;
            }
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Ok(id) = i32::try_from(self.child.id()) else { return };
        let group = Pid::from_raw(id);

        if matches!(self.status(), Ok(None)) {
            // An error means that the group is gone already, here and below.
            let _ = killpg(group, self.stop_signal);
            self.has_ended_by(Instant::now() + TIME_TO_END);
        }
        // The leader has ended or will not; what is left of the group must not stay behind.
        let _ = killpg(group, Signal::SIGKILL);
        self.has_ended_by(Instant::now() + TIME_TO_END);
    }
}

/// Runs `command` to its end; its output passes through.
///
/// # Errors
/// It could not be started, failed, or the run was interrupted.
pub(crate) fn run(name: &str, command: &mut Command) -> Result<()> {
    finish(name, Group::spawn(name, command, Signal::SIGTERM)?)
}

/// The same for a command that reads a secret: other programs see its arguments, and not what it reads.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_reading(name: &str, command: &mut Command, secret: &str) -> Result<()> {
    let (reader, mut writer) = io::pipe().context("no pipe")?;
    // A pipe holds more than this before anybody reads.
    writer.write_all(secret.as_bytes()).context("the pipe is full")?;
    drop(writer);
    finish(name, Group::spawn_reading(name, command, Signal::SIGTERM, reader.into())?)
}

fn finish(name: &str, group: Group) -> Result<()> {
    let status = group.wait()?;
    if status.success() {
        return Ok(());
    }
    // A child that was told to stop together with us is no failure of its own.
    interrupt::check()?;
    bail!("{name} failed ({status})")
}

/// Runs a quick `command` and returns what it printed, or nothing if it failed or does not exist.
pub(crate) fn printed_by(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command whose process gets `signal` even if this one is killed without a chance to clean up.
/// Linux can arrange that, by util-linux' `setpriv`; elsewhere it is the plain command.
pub(crate) fn leashed(program: impl AsRef<OsStr>, signal: Signal) -> Command {
    if !cfg!(target_os = "linux") {
        return Command::new(program);
    }
    let Some(setpriv) = programs::on_path("setpriv") else {
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    command
        .arg("--pdeathsig")
        .arg(signal.as_str().trim_start_matches("SIG"))
        .arg("--")
        .arg(program);
    command
}

/// A `cargo` command that compiles what the same command typed into a shell would compile.
///
/// `cargo run` hands its program variables that describe the running package; build scripts that watch them
/// (ring's does) would run again, and half the tree with them, whenever both ways are used in turn.
pub(crate) fn cargo() -> Command {
    let mut command = leashed("cargo", Signal::SIGTERM);
    for (name, _) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(text);
        }
    }
    command
}
