//! Child processes. Each runs in a process group of its own, and the group ends when its [`Group`] is dropped:
//! a failed step, an early return and Ctrl-C all end what was started, grandchildren included.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::{interrupt, programs};
use crate::{tools, workspace};

const POLL: Duration = Duration::from_millis(50);
/// Postgres flushes and browsers close within this; what has not ended by then is killed.
const TIME_TO_END: Duration = Duration::from_secs(15);
const TIME_TO_START: Duration = Duration::from_secs(60);

/// A running child and all its descendants that stayed in its group.
pub(crate) struct Group {
    child: Child,
    stop_signal: Signal,
}

impl Group {
    /// Starts `command` in a group of its own, which is sent `stop_signal` when this is dropped.
    pub(crate) fn spawn(command: &mut Command, stop_signal: Signal) -> Result<Self> {
        Self::spawn_reading(command, stop_signal, "")
    }

    /// Starts a server that writes to `log`, and waits until it is ready.
    ///
    /// # Errors
    /// It has ended or takes too long; the end of its log is in the error.
    pub(crate) fn serve(
        name: &str,
        command: &mut Command,
        stop_signal: Signal,
        log: &Path,
        mut is_ready: impl FnMut() -> bool,
    ) -> Result<Self> {
        // Opened here, since the account that the server runs as may not be allowed to.
        let file = File::create(log).with_context(|| format!("cannot create {}", log.display()))?;
        command.stdout(file.try_clone()?).stderr(file);
        let mut server = Self::spawn(command, stop_signal)?;
        let deadline = Instant::now() + TIME_TO_START;
        while !is_ready() {
            if server.status()?.is_some() || Instant::now() > deadline {
                bail!("{name} does not start. The end of {}:\n{}", log.display(), end_of(log));
            }
            interrupt::pause(POLL)?;
        }
        Ok(server)
    }

    fn spawn_reading(command: &mut Command, stop_signal: Signal, input: &str) -> Result<Self> {
        interrupt::check()?;
        // Not the terminal: a background group that reads it is stopped.
        let mut child = command
            .process_group(0)
            .stdin(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let pipe = child.stdin.take();
        let group = Self { child, stop_signal };
        pipe.context("no pipe")?.write_all(input.as_bytes()).context("cannot write to a pipe")?;
        Ok(group)
    }

    /// The exit status, if it has ended by itself.
    pub(crate) fn status(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("cannot wait for a child process")
    }

    fn wait_for_the_end(&mut self) {
        let deadline = Instant::now() + TIME_TO_END;
        while matches!(self.status(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(POLL);
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
            self.wait_for_the_end();
        }
        // The leader has ended or will not; the rest of the group must not stay behind.
        let _ = killpg(group, Signal::SIGKILL);
        self.wait_for_the_end();
    }
}

/// Runs `command` to its end; its output passes through.
pub(crate) fn run(name: &str, command: &mut Command) -> Result<()> {
    run_reading(name, command, "")
}

/// The same for a command that reads a secret from standard input: other programs can see its arguments.
pub(crate) fn run_reading(name: &str, command: &mut Command, secret: &str) -> Result<()> {
    let mut group = Group::spawn_reading(command, Signal::SIGTERM, secret)?;
    let status = loop {
        if let Some(status) = group.status()? {
            break status;
        }
        interrupt::pause(POLL)?;
    };
    // A child that got the same signal has not failed by itself.
    interrupt::check()?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}

/// Runs a quick `command` and returns its output, or nothing if it failed or does not exist.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command whose process gets `signal` even if this one is killed without a chance to clean up.
/// Linux can arrange that, by util-linux' `setpriv`; elsewhere it is the plain command.
pub(crate) fn leashed(program: impl AsRef<OsStr>, signal: Signal) -> Command {
    let setpriv = cfg!(target_os = "linux").then(|| programs::on_path("setpriv")).flatten();
    let Some(setpriv) = setpriv else { return Command::new(program) };
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", signal.as_str().trim_start_matches("SIG"), "--"]).arg(program);
    command
}

/// `cargo` in the repository's root, which finds the pinned tools, and compiles what the same command typed into
/// a shell would compile.
///
/// `cargo run` hands its program variables that describe the running package. Build scripts that watch them
/// (ring's does) would run again, and half the tree with them, whenever both ways are used in turn.
pub(crate) fn cargo() -> Command {
    let mut command = leashed("cargo", Signal::SIGTERM);
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command.current_dir(workspace::root()).env("PATH", tools::path());
    command
}

fn end_of(log: &Path) -> String {
    const LINES: usize = 20;

    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
