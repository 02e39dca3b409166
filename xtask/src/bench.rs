//! `cargo xtask bench`: what sessions cost, measured in an optimised build on stores that are started for this alone.

use anyhow::Result;

use crate::checks;
use crate::ports;
use crate::postgres::{Durability, Postgres};
use crate::redis::{Persistence, Redis};
use crate::store_home::StoreHome;

/// Runs the benchmarks. Not a part of `test`: they need an optimised build and a machine at rest.
///
/// # Errors
/// The stores do not start, or a benchmark fails.
pub(crate) fn run() -> Result<()> {
    let home = StoreHome::open()?;
    let run = home.for_this_run()?;
    // As durable as for development: what waits for the disk is part of what is measured.
    let postgres = Postgres::start(&home, &run.folder, ports::any_free()?, Durability::Kept)?;
    let redis = Redis::start(&home, &run.folder, ports::any_free()?, Persistence::None)?;
    checks::bench(&postgres, &redis)
}
