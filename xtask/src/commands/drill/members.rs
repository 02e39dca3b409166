//! The program in `xtask/members`, which is told lines and answers with lines.

use std::fs::File;
use std::io::Write;
use std::process::ChildStdin;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::cluster::Cluster;
use crate::os::interrupt;
use crate::os::process::{self, Group};
use crate::workspace;

const POLL: Duration = Duration::from_millis(50);
/// Every password is hashed, on a machine that does everything else as well.
const LOGGED_IN_WITHIN: Duration = Duration::from_secs(120);
/// Accounts that are added at once, each by a process of its own
const ADDED_AT_ONCE: usize = 6;
const PASSWORD: &str = "correct horse battery staple";

/// The running members.
pub(super) struct Members {
    input: ChildStdin,
    output: Receiver<String>,
    _process: Group,
}

impl Members {
    /// Adds the members to the site, and waits until each has logged in.
    pub(super) fn start(cluster: &Cluster, count: usize, seed: Option<u64>) -> Result<Self> {
        let build = ["build", "--locked", "-p=members"];
        process::run("building the members", process::cargo().args(build))?;
        let mut command =
            process::leashed(workspace::target().join("debug/members"), Signal::SIGTERM);
        command.args(["--address", &cluster.address, "--ca"]).arg(&cluster.certificate);
        command.args(seed.map(|seed| format!("--seed={seed}"))).env("MEMBERS_PASSWORD", PASSWORD);
        let log = cluster.logs.join("seed.log");
        let log = File::create(&log).with_context(|| format!("cannot create {}", log.display()))?;
        let emails: Vec<_> =
            (0..count).map(|number| format!("drill-{number:03}@genkan.example")).collect();
        let add = |email: &String| {
            let mut seed = cluster.genkan();
            seed.args(["admin", "seed", email, "Member"]);
            seed.stdout(log.try_clone()?).stderr(log.try_clone()?);
            process::run_reading("genkan admin seed", &mut seed, PASSWORD)
        };
        thread::scope(|scope| {
            let shares = emails.chunks(count.div_ceil(ADDED_AT_ONCE));
            let adding: Vec<_> =
                shares.map(|share| scope.spawn(|| share.iter().try_for_each(add))).collect();
            adding.into_iter().try_for_each(|share| share.join().expect("it does not panic"))
        })?;
        command.args(emails);
        let (group, input, output) = Group::spawn_talking(&mut command, Signal::SIGTERM)?;
        let mut this = Self { input, output, _process: group };
        this.wait_for("ready", LOGGED_IN_WITHIN)?.context("the members cannot log in")?;
        Ok(this)
    }

    /// Sends a line.
    pub(super) fn tell(&mut self, line: &str) -> Result<()> {
        writeln!(self.input, "{line}").context("the members have ended")
    }

    /// The rest of the next line that begins with this word; `None` if there is none in time. Others are skipped.
    pub(super) fn wait_for(&mut self, word: &str, within: Duration) -> Result<Option<String>> {
        let deadline = Instant::now() + within;
        while Instant::now() < deadline {
            interrupt::check()?;
            match self.output.recv_timeout(POLL) {
                Ok(line) => {
                    if let Some(rest) = line.strip_prefix(word) {
                        return Ok(Some(rest.trim().to_owned()));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => bail!("the members have ended"),
            }
        }
        Ok(None)
    }
}
