//! `cargo xtask bench`: the cost of sessions, and how the site's cost grows. Not part of `test`: it needs an optimised
//! build and an otherwise idle machine.

use anyhow::Result;
use nix::sys::signal::Signal;

use crate::os::process;
use crate::stores::{Durability, Stores};
use crate::workspace;

pub(crate) fn sessions() -> Result<()> {
    // Durable as in development, because waiting for the disk is part of the measurement.
    let stores = Stores::start(Durability::Kept)?;
    for name in ["sessions", "http"] {
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
    let mut build = process::cargo();
    build.args(["build", "--locked", "--release", "-p=server", "-p=growth"]);
    process::run("cargo build", build.args(["--bin=genkan", "--bin=growth"]))?;

    let release = workspace::target().join("release");
    let stores = Stores::start(Durability::Kept)?;
    let mut command = process::leashed(release.join("growth"), Signal::SIGTERM);
    command.arg("--genkan").arg(release.join("genkan"));
    command.arg("--folder").arg(workspace::root().join("docs/performance"));
    command.env("DATABASE_URL", stores.database_url("genkan_growth"));
    command.env("REDIS_URL", stores.redis_url());
    process::run("measuring", &mut command)
}
