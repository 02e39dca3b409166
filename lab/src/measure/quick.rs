//! `cargo xtask lab --quick`: what must be so of the approaches, whatever the machine. It measures no time.

use anyhow::{Context, Result, ensure};
use clap::Args;
use futures_util::future::join_all;

use super::{
    bench::{Bench, Pinning, Surroundings},
    endings, losses,
    stores::{Fault, Store},
    traffic,
    variants::Variant,
};
use crate::results::{Loss, Until};

/// Two thirds, and what chance may add or take of 200 sessions: five times the standard deviation.
const TWO_OF_THREE: std::ops::RangeInclusive<f64> = 0.5..=0.84;

const NOTHING: Loss = Loss { sessions: 0.0, counters: Some(0.0) };

/// Where to look.
#[derive(Args)]
pub struct Quick {
    #[command(flatten)]
    surroundings: Surroundings,
}

/// Tests.
///
/// # Errors
/// Something is not so.
#[tokio::main(flavor = "current_thread")]
pub async fn run(arguments: Quick) -> Result<()> {
    let quick = arguments.surroundings;
    let benches = [
        quick.bench("jwt_long@client").await?,
        quick.bench("jwt_short@client").await?,
        quick.bench("sealed_cookie@client").await?,
    ];
    // Watching takes longer than their lifetimes.
    for (bench, watched) in benches.iter().zip(join_all(benches.iter().map(endings::watch)).await) {
        let name = bench.variant.name();
        let [log_out, _] = watched.with_context(|| name.clone())?;
        ensure!(log_out.until() == Until::StillWorks, "a copy ends with its session: {name}");
        note(&format!("{name}: a copied session outlives its log-out"));
    }
    for name in ["genkan@redis", "genkan@postgres", "genkan@memory"] {
        let endings = endings::watch(&quick.bench(name).await?).await.context(name)?;
        let until = endings.map(|access| access.until());
        ensure!(until == [Until::NextRequest; 2], "{name}: {endings:?}");
        note(&format!("{name}: a log-out and a change of role apply to the next request"));
    }

    for (name, [expected, of_forged]) in [
        ("redis@redis", [1, 1]),
        ("redis@cluster", [1, 1]),
        ("redis_common@redis", [3, 1]),
        // The live session and the counter, which other approaches keep together
        ("genkan@redis", [2, 0]),
    ] {
        let trips = traffic::round_trips(&quick.bench(name).await?).await;
        let (trips, forged) = trips.context(name)?;
        // Replicas add some, the more the slower the machine is.
        let trips =
            [trips.check.postgres, trips.check.cache, forged.cache].map(|it| it.round() as u32);
        ensure!(trips == [1, expected, of_forged], "{name}: round trips {trips:?}");
        note(&format!("{name}: a check asks Postgres once, and its store {expected} times"));
    }

    let lost = losses::undisturbed(&quick.bench("memory@round-robin").await?).await?.sessions;
    ensure!(TWO_OF_THREE.contains(&lost), "memory behind round robin loses {lost}");
    note(&format!("memory@round-robin: loses {lost}"));
    for name in ["memory@sticky-balancer", "memory@sticky-application", "redis@redis"] {
        let lost = losses::undisturbed(&quick.bench(name).await?).await.context(name)?;
        ensure!(lost == NOTHING, "{name}: {lost:?}");
        note(&format!("{name}: loses none"));
    }

    for (name, sessions) in [("redis@redis", 1.0), ("jwt_store@redis", 1.0), ("genkan@redis", 0.0)]
    {
        let lost = losses::after(&quick.bench(name).await?, Store::Redis, &[Fault::Wipe]).await;
        let lost = lost.context(name)?;
        // The counter is in Redis alone, with Genkan too.
        ensure!(lost == Loss { sessions, counters: Some(1.0) }, "{name}, Redis wiped: {lost:?}");
        note(&format!("{name}: loses {sessions} with a wiped Redis"));
    }

    let bench = quick.bench("redis@sentinel").await?;
    let lost = losses::after(&bench, Store::Sentinel, &[Fault::FailOver]).await?;
    ensure!(lost == NOTHING, "Redis behind sentinels when a replica takes over: {lost:?}");
    note("redis@sentinel: loses none when a replica takes over");
    let bench = quick.bench("memcached@memcached").await?;
    let lost = losses::after_full(&bench, Store::Memcached).await?.sessions;
    ensure!(lost > 0.0, "a full memcached loses no session");
    note(&format!("memcached@memcached: loses {lost} when it is full"));
    Ok(())
}

impl Surroundings {
    async fn bench(&self, name: &str) -> Result<Bench<'_>> {
        Bench::prepare(Variant::named(name)?, self, Pinning::Off).await.context(name.to_owned())
    }
}

fn note(text: &str) {
    eprintln!("    {text}");
}
