//! `cargo xtask bench`: the cost of sessions. Not part of `test`: it needs an optimised build and an otherwise idle
//! machine.

use anyhow::Result;

use crate::os::process;
use crate::stores::{Durability, Stores};

pub(crate) fn run() -> Result<()> {
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
