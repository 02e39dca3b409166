//! Child processes. Each runs in its own process group, which is stopped when its [`Group`] is dropped: a failed step,
//! an early return and Ctrl-C all stop what was started, including grandchildren.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::{interrupt, programs};
use crate::{tools, workspace};

const POLL: Duration = Duration::from_millis(50);
/// The time for Postgres to flush and browsers to close. Processes still running are then killed.
const TIME_TO_END: Duration = Duration::from_secs(15);
const TIME_TO_START: Duration = Duration::from_secs(60);

/// A running child and all descendants in its group.
pub(crate) struct Group {
    child: Child,
    stop_signal: Signal,
}

impl Group {
    /// Starts `command` in its own group, which gets `stop_signal` on drop.
    pub(crate) fn spawn(command: &mut Command, stop_signal: Signal) -> Result<Self> {
        Self::spawn_reading(command, stop_signal, "")
    }

    /// Starts a server that writes to `log`, and waits until it is ready.
    ///
    /// # Errors
    /// The server has ended or takes too long; the error contains the end of its log.
    pub(crate) fn serve(
        name: &str,
        command: &mut Command,
        stop_signal: Signal,
        log: &Path,
        mut is_ready: impl FnMut() -> bool,
    ) -> Result<Self> {
        // Opened here, because the server's account may not have access.
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

    /// Starts a program that reads lines from its standard input and writes lines to its standard output, which are
    /// received until it ends.
    pub(crate) fn spawn_talking(
        command: &mut Command,
        stop_signal: Signal,
    ) -> Result<(Self, ChildStdin, Receiver<String>)> {
        let mut group = Self::start(command.stdout(Stdio::piped()), stop_signal)?;
        let input = group.child.stdin.take().context("no pipe")?;
        let output = group.child.stdout.take().context("no pipe")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines.into_iter().try_for_each(|line| sender.send(line))
        });
        Ok((group, input, lines))
    }

    fn spawn_reading(command: &mut Command, stop_signal: Signal, input: &str) -> Result<Self> {
        let mut group = Self::start(command, stop_signal)?;
        let mut pipe = group.child.stdin.take().context("no pipe")?;
        pipe.write_all(input.as_bytes()).context("cannot write to a pipe")?;
        Ok(group)
    }

    /// Starts the program with a pipe as its standard input.
    fn start(command: &mut Command, stop_signal: Signal) -> Result<Self> {
        interrupt::check()?;
        // Not the terminal: the system stops a background group that reads from it.
        let child = command
            .process_group(0)
            .stdin(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self { child, stop_signal })
    }

    /// The id of the process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// The exit status, if the process has ended by itself.
    pub(crate) fn status(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("cannot wait for a child process")
    }

    /// Sends a signal to every process of the group.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        killpg(self.id()?, signal).with_context(|| format!("cannot send {signal}"))
    }

    /// Sends a signal to the process and all its descendants, also to those in process groups of their own, as
    /// Postgres' are. On Linux only.
    pub(crate) fn signal_tree(&self, signal: Signal) -> Result<()> {
        let mut processes = vec![self.id()?];
        while let Some(process) = processes.pop() {
            let children = format!("/proc/{process}/task/{process}/children");
            let ids = match kill(process, signal).map(|()| fs::read_to_string(children)) {
                Ok(Ok(ids)) => ids,
                // It has ended meanwhile: one that continues may do so before its children have got the signal.
                Err(Errno::ESRCH) => continue,
                Ok(Err(error)) if error.kind() == ErrorKind::NotFound => continue,
                Ok(Err(error)) => return Err(error).context("cannot list child processes"),
                Err(error) => return Err(error).with_context(|| format!("cannot send {signal}")),
            };
            let ids = ids.split_whitespace().filter_map(|id| id.parse().ok());
            processes.extend(ids.map(Pid::from_raw));
        }
        Ok(())
    }

    fn id(&self) -> Result<Pid> {
        let id = i32::try_from(self.child.id()).context("not a process id")?;
        Ok(Pid::from_raw(id))
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
        let Ok(group) = self.id() else { return };

        if matches!(self.status(), Ok(None)) {
            // An error means that the group no longer exists, here and below.
            let _ = killpg(group, self.stop_signal);
            // A frozen process takes the signal once it continues.
            let _ = self.signal_tree(Signal::SIGCONT);
            self.wait_for_the_end();
        }
        // Kills the rest of the group, and the leader if it has not ended.
        let _ = killpg(group, Signal::SIGKILL);
        self.wait_for_the_end();
    }
}

/// Runs `command` to completion, passing its output through.
pub(crate) fn run(name: &str, command: &mut Command) -> Result<()> {
    run_reading(name, command, "")
}

/// Runs a command that reads a secret from standard input, because other programs can see arguments.
pub(crate) fn run_reading(name: &str, command: &mut Command, secret: &str) -> Result<()> {
    let mut group = Group::spawn_reading(command, Signal::SIGTERM, secret)?;
    let status = loop {
        if let Some(status) = group.status()? {
            break status;
        }
        interrupt::pause(POLL)?;
    };
    // A child that got the same signal did not fail by itself.
    interrupt::check()?;
    if !status.success() {
        bail!("{name} failed ({status})");
    }
    Ok(())
}

/// Runs a quick `command` and returns its output, or `None` if it fails or does not exist.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a quick `command` and returns its output.
///
/// # Errors
/// It fails; the error is what it says.
pub(crate) fn reply_of(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let [reply, complaint] = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned());
    if !output.status.success() {
        // redis-cli complains on its standard output, too.
        bail!(if complaint.is_empty() { reply } else { complaint });
    }
    Ok(reply)
}

/// A command whose process gets `signal` even if this one is killed, by util-linux' `setpriv` on Linux. Elsewhere it is
/// the plain command.
pub(crate) fn leashed(program: impl AsRef<OsStr>, signal: Signal) -> Command {
    let setpriv = cfg!(target_os = "linux").then(|| programs::on_path("setpriv")).flatten();
    let Some(setpriv) = setpriv else { return Command::new(program) };
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", signal.as_str().trim_start_matches("SIG"), "--"]).arg(program);
    command
}

/// `cargo` in the repository's root, with the pinned tools on `PATH`. It compiles the same as if run from a shell.
///
/// `cargo run` passes variables about the running package to its program. Build scripts that watch them (such as
/// ring's) would rerun, and half the tree recompile, whenever both ways alternate.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_process_ends_by_its_signal_when_its_group_is_dropped() -> Result<()> {
        let group = Group::spawn(Command::new("sleep").arg("600"), Signal::SIGTERM)?;
        group.signal_tree(Signal::SIGSTOP)?;
        let began = Instant::now();
        drop(group);
        assert!(began.elapsed() < TIME_TO_END);
        Ok(())
    }

    #[test]
    fn a_failed_command_says_why_on_either_output() -> Result<()> {
        let shell = |script| reply_of(Command::new("sh").args(["-c", script]));
        assert_eq!(shell("echo yes")?, "yes");
        for script in ["echo no; exit 1", "echo no >&2; exit 1"] {
            let error = shell(script).err().context("it failed")?;
            assert_eq!(error.to_string(), "no", "{script}");
        }
        Ok(())
    }
}
