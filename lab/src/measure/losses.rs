//! What is gone of sessions and their counters after something has happened to an instance or to the store.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::{
    bench::{Bench, Cluster, SETTLES_WITHIN},
    browser::{Answer, Browser},
    door::Door,
    sessions::{log_in, sign_in},
    stores::{self, Fault, Store},
    variants::Topology,
};
use crate::results::{Loss, Lost, On};

/// Sessions before each event.
const SESSIONS: usize = 200;

/// Everything that may happen to this variant.
pub async fn all(bench: &Bench<'_>) -> Result<Lost> {
    let mut lost = of_instances(bench).await?;
    let Some(store) = bench.variant.session_store() else { return Ok(lost) };
    let stop_and_start = [Fault::Stop, Fault::Start];
    lost.store_restarted = Some(after(bench, store, &stop_and_start).await?);
    match store {
        // Nobody wipes a database, and a full disk is another matter.
        Store::Postgres => return Ok(lost),
        Store::Cluster | Store::Sentinel => {
            lost.store_restarted_from_log = Some(after_restart_from_log(bench, store).await?);
            lost.store_failed_over = Some(after(bench, store, &[Fault::FailOver]).await?);
        }
        Store::Redis | Store::Valkey => {
            lost.store_restarted_from_log = Some(after_restart_from_log(bench, store).await?);
        }
        Store::Memcached | Store::MemcachedRefusing => {}
    }
    lost.store_wiped = Some(after(bench, store, &[Fault::Wipe]).await?);
    lost.store_full = Some(after_full(bench, store).await?);
    Ok(lost)
}

/// What is gone although nothing has happened.
pub async fn undisturbed(bench: &Bench<'_>) -> Result<Loss> {
    after_change(bench, async |_| Ok(())).await
}

async fn of_instances(bench: &Bench<'_>) -> Result<Lost> {
    if bench.variant.topology() == Topology::Alone {
        return of_one_instance(bench).await;
    }
    let mut lost = Lost { undisturbed: Some(undisturbed(bench).await?), ..Lost::default() };
    lost.instance_added = Some(after_change(bench, Cluster::add_one).await?);
    lost.instance_killed = Some(after_change(bench, Cluster::kill_one).await?);
    lost.instance_restarted = Some(after_change(bench, Cluster::restart_one).await?);
    Ok(lost)
}

/// What is gone after a change of the instances behind the balancer.
async fn after_change<'a>(
    bench: &'a Bench<'a>,
    change: impl AsyncFnOnce(&mut Cluster<'a>) -> Result<()>,
) -> Result<Loss> {
    let mut cluster = bench.balanced().await?;
    let can_count = bench.variant.on != On::RoundRobin;
    let mut sessions = if can_count {
        sign_in(&mut cluster.door(), SESSIONS).await?
    } else {
        log_in(&mut cluster.door(), SESSIONS).await?
    };
    change(&mut cluster).await?;
    let lost = loss(&mut sessions, &mut cluster.door()).await?;
    Ok(Loss { counters: lost.counters.filter(|_| can_count), ..lost })
}

/// Without its only instance a site is away, so that it can only be restarted.
async fn of_one_instance(bench: &Bench<'_>) -> Result<Lost> {
    let instance = bench.instance(&[]).await?;
    let mut sessions = sign_in(&mut Door::to(instance.address), SESSIONS).await?;
    let undisturbed = loss(&mut sessions, &mut Door::to(instance.address)).await?;
    drop(instance);
    let instance = bench.instance(&[]).await?;
    let restarted = loss(&mut sessions, &mut Door::to(instance.address)).await?;
    Ok(Lost {
        undisturbed: Some(undisturbed),
        instance_restarted: Some(restarted),
        ..Lost::default()
    })
}

/// What is gone after these faults of the store.
pub async fn after(bench: &Bench<'_>, store: Store, faults: &[Fault]) -> Result<Loss> {
    let instance = bench.instance(&[]).await?;
    let mut door = Door::to(instance.address);
    let mut sessions = sign_in(&mut door, SESSIONS).await?;
    faults.iter().try_for_each(|fault| stores::cause(*fault, store))?;
    loss(&mut sessions, &mut door).await
}

/// What is gone after a restart of a store that keeps a log.
async fn after_restart_from_log(bench: &Bench<'_>, store: Store) -> Result<Loss> {
    stores::cause(Fault::KeepLog, store)?;
    let lost = after(bench, store, &[Fault::Stop, Fault::Start]).await?;
    stores::cause(Fault::DropLog, store)?;
    Ok(lost)
}

/// What is gone once the store has memory again. Meanwhile every session has loaded its page, which may have been refused
/// without ending the session.
pub async fn after_full(bench: &Bench<'_>, store: Store) -> Result<Loss> {
    let instance = bench.instance(&[]).await?;
    let mut door = Door::to(instance.address);
    let mut sessions = sign_in(&mut door, SESSIONS).await?;
    stores::cause(Fault::Fill, store)?;
    for session in &mut sessions {
        session.page(&mut door).await?;
    }
    stores::cause(Fault::Empty, store)?;
    loss(&mut sessions, &mut door).await
}

/// Has every session load its page, in any order: in that of the log-ins, a balancer that takes turns would send each to
/// the same instance again, or none.
async fn loss(sessions: &mut [Browser], door: &mut Door) -> Result<Loss> {
    fastrand::shuffle(sessions);
    let [mut refused, mut without_counter] = [0, 0];
    for session in &mut *sessions {
        let page = page_once_served(session, door).await?;
        refused += u32::from(page.status == 401);
        without_counter += u32::from(!page.shows_count(1));
    }
    let share = |number| f64::from(number) / sessions.len() as f64;
    Ok(Loss { sessions: share(refused), counters: Some(share(without_counter)) })
}

/// The page, or that the session is refused, once the site can say so.
async fn page_once_served(session: &mut Browser, door: &mut Door) -> Result<Answer> {
    let deadline = Instant::now() + SETTLES_WITHIN;
    loop {
        match session.page(door).await {
            Ok(page) if [200, 401].contains(&page.status) => return Ok(page),
            // A store that an instance has not reconnected to yet, or a connection that has broken.
            Ok(Answer { status: 503, .. }) | Err(_) if Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(page) => bail!("a page returned {}", page.status),
            Err(error) => return Err(error),
        }
    }
}
