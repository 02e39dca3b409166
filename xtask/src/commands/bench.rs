//! `cargo xtask bench`: what sessions and requests cost, and how that grows. Not part of `test`, except for counts of
//! instructions: it needs an optimised build and an otherwise idle machine.

use std::process::Command;

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::os::{process, programs, progress::note};
use crate::packages::SERVER;
use crate::site::Build;
use crate::stores::{Durability, Stores};
use crate::workspace;

/// Prints what sessions cost by themselves, and what five requests cost, beside other sites if `PEERS` names a file with
/// their figures.
pub(crate) fn run() -> Result<()> {
    // Durable as in development, because waiting for the disk is part of the measurement.
    let stores = Stores::start(Durability::Kept)?;
    process::run("measuring", program(Build::Release, &stores)?.arg("requests"))?;
    for name in ["sessions", "storm"] {
        let mut command = process::cargo();
        command.args(["bench", "--locked", "-p=server", "--bench", name]);
        command.env("DATABASE_URL", stores.database_url("postgres"));
        command.env("REDIS_URL", stores.redis_url());
        process::run("cargo bench", &mut command)?;
    }
    Ok(())
}

/// Fills the stores step by step, measures, and rewrites the results and plots in `docs/performance`.
pub(crate) fn growth() -> Result<()> {
    let stores = Stores::start(Durability::Kept)?;
    let mut command = program(Build::Release, &stores)?;
    command.arg("growth").arg("--folder").arg(workspace::root().join("docs/performance"));
    process::run("measuring", &mut command)
}

/// Compares the instructions that the debug build executes for five requests with `budget.toml`: the tests have no other
/// build, and what makes a request dearer there does so everywhere. Callgrind's files stay in `target/instructions`.
pub(crate) fn check_instructions() -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        note("The budget of instructions is one of Linux on x86-64: not checked here");
        return Ok(());
    }
    programs::ensure("valgrind", || programs::on_path("valgrind"))?;
    let stores = Stores::start(Durability::Throwaway)?;
    let mut command = program(Build::Debug, &stores)?;
    command.arg("instructions").arg("--budget").arg(workspace::root().join("budget.toml"));
    command.arg("--folder").arg(workspace::target().join("instructions"));
    process::run("counting instructions", &mut command)
}

/// Builds the server and the program that measures it, which is to use these stores.
fn program(build: Build, stores: &Stores) -> Result<Command> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--locked", "--bin=genkan", "--bin=costs"]);
    match build {
        Build::Debug => cargo.args(SERVER),
        Build::Release => cargo.args(["--release", "-p=server", "-p=costs"]),
    };
    process::run("cargo build", &mut cargo)?;

    let genkan = build.program();
    let mut command = process::leashed(genkan.with_file_name("costs"), Signal::SIGTERM);
    command.arg("--genkan").arg(genkan);
    command.env("DATABASE_URL", stores.database_url("genkan_requests"));
    command.env("REDIS_URL", stores.redis_url());
    Ok(command)
}
