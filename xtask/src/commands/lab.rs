//! `cargo xtask lab`: measures every way to keep sessions side by side. The program in `lab/` starts instances and
//! measures them, and writes the report; this one starts the stores and the balancer, and has a store fail when that
//! program says so.

mod balancer;
mod browser;
mod stores;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use self::{balancer::Balancer, stores::Stores};
use crate::os::process::{self as programs, Group};
use crate::os::progress::step;
use crate::os::{interrupt, ports::Block};
use crate::packages::SERVER;
use crate::site::Build;
use crate::stores::{Durability, Home};
use crate::workspace;

/// The processor of the stores, the balancer and the load; instances run on the first one.
const STORES_AND_LOAD: &str = "1";
const POLL: Duration = Duration::from_millis(50);

/// What is measured, and what for.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    build: Build,
    /// The words after the name of lab's own command
    arguments: Vec<String>,
    then: Then,
}

/// What comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Publishing the results, and the report
    Report,
    /// The tests in a browser
    Browser,
    Nothing,
}

/// `cargo xtask lab`: every variant, or the named ones, of the release build or, by `--debug`, of the debug build;
/// `--quick` only tests what must be so.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    go(&parse(arguments))
}

/// The part of `cargo xtask test`.
pub(crate) fn quick() -> Result<()> {
    go(&parse(&["--quick"]))
}

fn parse(arguments: &[&str]) -> Plan {
    let (build, words, then) = match arguments {
        ["--quick"] => (Build::Debug, vec!["quick"], Then::Browser),
        [] => (Build::Release, vec!["measure", "--results"], Then::Report),
        ["--debug", rest @ ..] => (Build::Debug, [&["measure"], rest].concat(), Then::Nothing),
        rest => (Build::Release, [&["measure"], rest].concat(), Then::Nothing),
    };
    let mut words: Vec<_> = words.into_iter().map(str::to_owned).collect();
    if arguments.is_empty() {
        words.push(measured().to_string_lossy().into_owned());
    }
    Plan { build, arguments: words, then }
}

fn go(plan: &Plan) -> Result<()> {
    let program = build(plan.build)?;
    if plan.build == Build::Release {
        stay_on_one_processor()?;
    }
    let durability = match plan.build {
        // Waiting for the disk is part of what is measured.
        Build::Release => Durability::Kept,
        Build::Debug => Durability::Throwaway,
    };
    let home = Home::open()?;
    let folder = home.for_this_run(durability)?;
    let logs = logs();
    fs::create_dir_all(&logs).context("cannot create target/lab")?;
    let mut ports = Block::reserve()?;
    let mut stores =
        step("Starting the stores", || Stores::start(&home, &folder.0, &mut ports, durability))?;
    let balancer = Balancer::start(&folder.0, &mut ports, &logs)?;

    let mut command = programs::leashed(&program, Signal::SIGTERM);
    command.args(&plan.arguments).current_dir(&folder.0);
    stores.configure(&mut command);
    balancer.configure(&mut command);
    step("Measuring", || serve(&mut command, &mut stores))?;
    match plan.then {
        Then::Report => report(&program),
        Then::Browser => {
            step("Testing in a browser", || browser::test(&program, &stores, &mut ports))
        }
        Then::Nothing => Ok(()),
    }
}

/// What a whole run has measured so far. It replaces the published results once all of it is there.
fn measured() -> PathBuf {
    logs().join("approaches.json")
}

fn logs() -> PathBuf {
    workspace::target().join("lab")
}

/// Publishes the results, and writes `docs/approaches.md` and what belongs to it.
fn report(program: &Path) -> Result<()> {
    fs::copy(measured(), workspace::root().join("lab/results/approaches.json"))
        .context("cannot write lab/results/approaches.json")?;
    let mut command = process::Command::new(program);
    step("Writing the report", || {
        programs::run("lab report", command.arg("report").current_dir(workspace::root()))
    })
}

/// Runs the program, and does what each of its lines says: a verb and the name of a store. The response is `done`, with
/// what was asked for.
fn serve(command: &mut process::Command, stores: &mut Stores<'_>) -> Result<()> {
    let (mut group, mut input, lines) = Group::spawn_talking(command, Signal::SIGTERM)?;
    loop {
        match lines.recv_timeout(POLL) {
            Ok(line) => {
                let done = stores.obey(&line)?;
                writeln!(input, "done {done}").context("the lab has ended")?;
            }
            Err(RecvTimeoutError::Timeout) => interrupt::check()?,
            // It has closed its standard output, and so is ending.
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = loop {
        match group.status()? {
            Some(status) => break status,
            None => interrupt::pause(POLL)?,
        }
    };
    interrupt::check()?;
    if !status.success() {
        bail!("the lab failed ({status})");
    }
    Ok(())
}

fn build(build: Build) -> Result<PathBuf> {
    let mut cargo = programs::cargo();
    cargo.args(["build", "--locked", "--bin=lab"]);
    let folder = match build {
        Build::Release => {
            cargo.args(["--release", "-p=lab"]);
            "release"
        }
        // As for `cargo test`, so that nothing is compiled twice.
        Build::Debug => {
            cargo.args(SERVER);
            "debug"
        }
    };
    step("Building the lab", || programs::run("cargo build", &mut cargo))?;
    Ok(workspace::target().join(folder).join("lab"))
}

/// Binds this program and everything that it will start to one processor.
fn stay_on_one_processor() -> Result<()> {
    let mut taskset = process::Command::new("taskset");
    taskset.args(["--all-tasks", "--cpu-list", "--pid", STORES_AND_LOAD]);
    taskset.arg(process::id().to_string()).stdout(process::Stdio::null());
    programs::run("taskset", &mut taskset).context("two processors are needed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_run_replaces_the_published_results() {
        let whole = parse(&[]);
        assert_eq!(whole.build, Build::Release);
        assert_eq!(whole.arguments[..2], ["measure", "--results"]);
        let some = parse(&["redis@redis", "memory@alone"]);
        assert_eq!(some.arguments, ["measure", "redis@redis", "memory@alone"]);
        let look = parse(&["--debug", "--rounds", "1"]);
        assert_eq!(
            (look.build, &look.arguments[..]),
            (Build::Debug, &["measure", "--rounds", "1"].map(str::to_owned)[..])
        );
        assert_eq!(parse(&["--quick"]).arguments, ["quick"]);
        let plans = [&[][..], &["redis@redis"], &["--debug"], &["--quick"]].map(parse);
        let report = [Then::Report, Then::Nothing, Then::Nothing, Then::Browser];
        assert_eq!(plans.map(|plan| plan.then), report);
    }
}
