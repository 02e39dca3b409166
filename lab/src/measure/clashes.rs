//! Two changes of one session at the same moment, and a page while the session store is down.

use std::time::Instant;

use anyhow::{Result, ensure};

use super::{
    bench::{Bench, member},
    browser::Browser,
    door::Door,
    sessions::sign_in_once_served,
    stores::{self, Fault},
    variants::Topology,
};
use crate::results::{PAIRS, StoreDown};

/// Changes that were overwritten by the other one of their pair.
pub async fn lost_updates(bench: &Bench<'_>) -> Result<usize> {
    let first = bench.parallel_instance().await?;
    let second = match bench.variant.topology() {
        Topology::Shared => Some(bench.parallel_instance().await?),
        Topology::Alone | Topology::Balanced => None,
    };
    let elsewhere = second.as_ref().map_or(first.address, |instance| instance.address);
    let (mut one, mut other) = (Door::to(first.address), Door::to(elsewhere));
    let mut session = Browser::sign_in(&member(3), &mut one).await?;
    let mut count = session.post(&mut one, "/count", "").await?.count()?;
    let mut lost = 0;
    for _ in 0..PAIRS {
        let mut tab = session.clone();
        let (here, there) =
            tokio::join!(session.post(&mut one, "/count", ""), tab.post(&mut other, "/count", ""));
        let (here, there) = (here?, there?);
        // Refused, a change is not lost without a word.
        let done = [&here, &there].into_iter().filter(|answer| answer.status == 200);
        let counts = done.map(|answer| answer.count()).collect::<Result<Vec<_>>>()?;
        let newest = counts.iter().copied().max().unwrap_or(count);
        lost += (count + counts.len() as u64).saturating_sub(newest);
        count = newest;
        // The browser has one jar: the later response sets its cookies.
        if there.status == 200 && there.count()? == newest {
            session = tab;
        }
    }
    Ok(lost.try_into()?)
}

/// A signed-in member's page while the session store is stopped. `None` without such a store.
pub async fn store_down(bench: &Bench<'_>) -> Result<Option<StoreDown>> {
    let Some(store) = bench.variant.session_store() else { return Ok(None) };
    let instance = bench.instance(&[]).await?;
    let mut door = Door::to(instance.address);
    let mut session = Browser::sign_in(&member(4), &mut door).await?;
    ensure!(session.get(&mut door, "/page").await?.status == 200, "the page is not shown");
    stores::cause(Fault::Stop, store)?;
    let began = Instant::now();
    let status = session.get(&mut door, "/page").await.ok().map(|answer| answer.status);
    let waited_s = began.elapsed().as_secs_f64();
    stores::cause(Fault::Start, store)?;
    sign_in_once_served(4, &mut door).await?;
    Ok(Some(StoreDown { status, waited_s }))
}
