//! What a session takes where it is kept.

use std::{cell::Cell, fs};

use anyhow::{Context, Result};
use fred::types::InfoKind;
use futures_util::future::try_join_all;
use measuring::instance::Instance;

use super::{
    bench::{Bench, sign_in_once_served},
    door::Door,
    stores::{self, Database, Fault, Store},
    variants::Topology,
};
use crate::results::On;

/// Log-ins at the same time.
const AT_ONCE: usize = 16;

/// Bytes of each of so many sessions. `None`: nothing is kept, or in several servers.
pub async fn per_session(bench: &Bench<'_>, sessions: usize) -> Result<Option<f64>> {
    let is_asked = match bench.variant.on {
        On::Client | On::Cluster | On::Sentinel => false,
        _ => bench.variant.topology() != Topology::Balanced,
    };
    if !is_asked {
        return Ok(None);
    }
    let instance = bench.instance(&[]).await?;
    sign_in_once_served(0, &mut Door::to(instance.address)).await?;
    let before = used(bench, &instance).await?;
    fill(&instance, sessions).await?;
    let after = used(bench, &instance).await?;
    drop(instance);
    if let Some(store) = bench.variant.session_store().filter(|store| *store != Store::Postgres) {
        stores::cause(Fault::Wipe, store)?;
    }
    Ok(Some((after as f64 - before as f64) / sessions as f64))
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
async fn used(bench: &Bench<'_>, instance: &Instance) -> Result<u64> {
    let urls = &bench.surroundings.urls;
    let tables = Database::open(&bench.database_url).await?.bytes().await?;
    let store = bench.variant.session_store();
    let elsewhere = match (store, store.and_then(|it| urls.memcached(it))) {
        (None, _) => resident(instance.process())?,
        (_, Some(address)) => stores::statistics(address, &["bytes"]).await?,
        (Some(store), None) => match urls.of(store) {
            Some(url) => stores::info(url, InfoKind::Memory, "used_memory").await?,
            None => 0,
        },
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
