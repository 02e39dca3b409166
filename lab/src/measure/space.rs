//! What a session takes where it is kept.

use std::{fs, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use fred::types::InfoKind;
use measuring::{
    instance::Instance,
    load::{self, Repeats, Requests},
};

use super::{
    bench::{Bench, member},
    browser::Browser,
    door::Door,
    stores::{self, Database, Fault, Store},
    variants::Topology,
};
use crate::results::On;

/// More than the log-ins take.
const AT_MOST: Duration = Duration::from_secs(150);
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
    let mut door = Door::to(instance.address);
    let form = format!("member={}", member(0));
    let status = Browser::default().post(&mut door, "/login", &form).await?.status;
    let before = used(bench, &instance).await?;
    let log_in = |number| {
        Browser::default().request("POST", "/login", &format!("member={}", member(number)))
    };
    let requests = (0..sessions).map(log_in).collect();
    let requests = Arc::new(Requests::new("a log-in", status, requests, Repeats::No));
    let took = load::run(&[instance.address], &requests, AT_ONCE, AT_MOST).await?;
    ensure!(took.requests() == sessions, "{} of {sessions} sessions", took.requests());
    let after = used(bench, &instance).await?;
    drop(instance);
    if let Some(store) = bench.variant.session_store().filter(|store| *store != Store::Postgres) {
        stores::cause(Fault::Wipe, store)?;
    }
    Ok(Some((after as f64 - before as f64) / sessions as f64))
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
