//! What a session takes where it is kept.

use std::{cell::Cell, fs};

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use measuring::instance::Instance;

use super::{
    bench::Bench,
    door::Door,
    sessions::sign_in_once_served,
    statistics::{Database, Statistics},
    stores::{self, Fault, Store},
    variants::Topology,
};
use crate::results::On;

/// Log-ins at the same time.
const AT_ONCE: usize = 16;

/// Bytes of each of so many sessions, after a first one, for which the instance connects to its stores. `None`: nothing is
/// kept, or what another variant of the approach keeps.
pub async fn per_session(bench: &Bench<'_>, sessions: usize) -> Result<Option<f64>> {
    if bench.variant.on == On::Client || bench.variant.topology() == Topology::Balanced {
        return Ok(None);
    }
    let database = Database::open(&bench.database_url).await?;
    // Neither does it change the size, nor is anything else measured in this database afterwards.
    database.wait_no_longer_for_the_disk().await?;
    let instance = bench.instance(&[]).await?;
    let statistics = bench.statistics().await?;
    sign_in_once_served(0, &mut Door::to(instance.address)).await?;
    let used = async || used(bench, &database, &instance, statistics.as_ref()).await;
    let before = used().await?;
    let further = sessions.max(2) - 1;
    fill(&instance, further).await?;
    let after = used().await?;
    drop(instance);
    if let Some(store) = bench.variant.session_store().filter(|store| *store != Store::Postgres) {
        stores::cause(Fault::Wipe, store)?;
    }
    Ok(Some((after as f64 - before as f64) / further as f64))
}

/// Makes so many sessions. A log-in that gets 503 because a store is too busy is repeated; what it may have stored all the
/// same is little among so many.
async fn fill(instance: &Instance, sessions: usize) -> Result<()> {
    let made = Cell::new(0);
    try_join_all((0..AT_ONCE).map(async |_| {
        let mut door = Door::to(instance.address);
        while made.get() < sessions {
            let number = made.replace(made.get() + 1);
            sign_in_once_served(number, &mut door).await?;
        }
        anyhow::Ok(())
    }))
    .await?;
    Ok(())
}

/// Bytes of everything that sessions may be in.
async fn used(
    bench: &Bench<'_>,
    database: &Database,
    instance: &Instance,
    statistics: Option<&Statistics>,
) -> Result<u64> {
    let tables = database.bytes().await?;
    let elsewhere = match (statistics, bench.variant.session_store()) {
        (Some(statistics), _) => statistics.bytes().await?,
        // Postgres has its tables alone.
        (None, Some(_)) => 0,
        (None, None) => resident(instance.process())?,
    };
    Ok(tables + elsewhere)
}

/// Bytes of a process' memory.
fn resident(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}
