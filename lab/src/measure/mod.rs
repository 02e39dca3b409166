//! Measures every variant, in one run: the cost of its requests in several rounds, each in another order, and then what
//! it keeps and loses.
//!
//! `cargo xtask lab` starts the stores and the balancer, and has a store fail when this says so: a line on standard
//! output, and `done` on standard input.

mod bench;
mod browser;
mod clashes;
mod costs;
mod door;
mod endings;
mod losses;
pub mod quick;
mod sessions;
mod space;
mod statistics;
mod stores;
mod traffic;
pub(crate) mod variants;
mod wire;
mod writes;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result};
use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use time::OffsetDateTime;

pub use self::bench::Surroundings;
use self::{
    bench::{Bench, Pinning},
    costs::Rounds,
    variants::Variant,
    writes::Waiting,
};
use crate::{
    approaches::Approach,
    results::{self, Access, Bytes, Machine, Results, Writes},
};

/// What is measured.
#[derive(Args)]
pub struct Measure {
    /// Names of variants; all by default
    variants: Vec<String>,
    /// The file that results are written to; they are printed by default
    #[arg(long)]
    results: Option<PathBuf>,
    /// The number of times that every load is measured
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The number of sessions whose size is measured. Genkan holds 100,000 in memory, those that have ended included
    #[arg(long, default_value_t = 99_900)]
    sessions: usize,
    #[command(flatten)]
    surroundings: Surroundings,
}

/// Measures.
///
/// # Errors
/// A site does not do what every one has to, or a store is away without having been told to.
// One thread, which leaves most of its processor to the stores.
#[tokio::main(flavor = "current_thread")]
pub async fn run(arguments: Measure) -> Result<()> {
    let began = Instant::now();
    let note = |text: &str| eprintln!("    {:>4} s  {text}", began.elapsed().as_secs());
    let variants = match &arguments.variants[..] {
        [] => Variant::all(),
        names => names.iter().map(|name| Variant::named(name)).collect::<Result<_>>()?,
    };
    let mut results = Results {
        machine: machine()?,
        stores: arguments.surroundings.urls.versions().await?,
        date: OffsetDateTime::now_utc().date().to_string(),
        rounds: arguments.rounds,
        variants: Vec::new(),
    };
    // Here it is said if the file cannot be written, and results of an earlier run go.
    write(&results, arguments.results.as_deref())?;
    let mut benches = Vec::new();
    for variant in variants {
        let bench = Bench::prepare(variant, &arguments.surroundings, Pinning::On).await;
        benches.push((bench.with_context(|| variant.name())?, Rounds::default()));
    }
    for round in 1..=arguments.rounds {
        let mut in_turn: Vec<_> = benches.iter_mut().collect();
        fastrand::shuffle(&mut in_turn);
        for (bench, rounds) in in_turn {
            let name = bench.variant.name();
            note(&format!("round {round}: {name}"));
            rounds.add(bench).await.context(name)?;
        }
    }
    note("writes and endings");
    // All wait for the same minute, in which endings are watched.
    let mut waiting = Vec::new();
    for (bench, _) in &benches {
        let name = bench.variant.name();
        waiting.push(Waiting::begin(bench).await.context(name)?);
    }
    let watching = benches
        .iter()
        .map(async |(bench, _)| endings::watch(bench).await.with_context(|| bench.variant.name()));
    // A few at a time: starting instances must not delay what is watched.
    let ended: Vec<_> = stream::iter(watching).buffered(4).try_collect().await?;
    let mut written = Vec::new();
    for ((bench, _), it) in benches.iter().zip(waiting) {
        written.push(it.count().await.with_context(|| bench.variant.name())?);
    }
    for (((bench, rounds), writes), endings) in benches.iter().zip(written).zip(ended) {
        let name = bench.variant.name();
        note(&name);
        let measured =
            variant(bench, rounds, writes, endings, arguments.sessions).await.context(name)?;
        results.variants.push(measured);
        // What was measured so far is there even if a later variant fails.
        write(&results, arguments.results.as_deref())?;
    }
    note("done");
    if arguments.results.is_none() {
        eprintln!("{}", text(&results)?);
    }
    Ok(())
}

fn text(results: &Results) -> Result<String> {
    Ok(serde_json::to_string_pretty(results)? + "\n")
}

/// Writes the results so far, if there is a file for them.
fn write(results: &Results, file: Option<&Path>) -> Result<()> {
    let Some(file) = file else { return Ok(()) };
    fs::write(file, text(results)?).with_context(|| format!("cannot write {}", file.display()))
}

/// Everything about a variant whose rounds are over.
async fn variant(
    bench: &Bench<'_>,
    rounds: &Rounds,
    writes: Writes,
    [after_log_out, after_role_change]: [Access; 2],
    sessions: usize,
) -> Result<results::Variant> {
    let heads = traffic::heads(bench).await?;
    let (round_trips, trips_of_forged) = traffic::round_trips(bench).await?;
    Ok(results::Variant {
        approach: bench.variant.approach.to_string(),
        on: bench.variant.on,
        lines_of_code: lines_of_code(bench.variant.approach),
        check: rounds.check(),
        count: rounds.count(),
        refresh: rounds.refresh(),
        balanced: rounds.balanced(),
        round_trips,
        forged: rounds.forged(trips_of_forged),
        writes,
        after_log_out,
        after_role_change,
        lost: losses::all(bench).await?,
        lost_updates: clashes::lost_updates(bench).await?,
        store_down: clashes::store_down(bench).await?,
        bytes: Bytes {
            cookie: heads.credential,
            request_head: heads.request,
            response_head: heads.response,
            store_per_session: space::per_session(bench, sessions).await?,
            sessions,
        },
    })
}

/// Lines of an approach's sources that are not empty and no comment.
fn lines_of_code(approach: Approach) -> usize {
    let is_code = |line: &&str| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with("//")
    };
    approach.sources().iter().map(|source| source.lines().filter(is_code).count()).sum()
}

fn machine() -> Result<Machine> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned());
    Ok(Machine {
        // This program itself is bound to one of them.
        cores: processors.lines().filter(|line| line.starts_with("processor")).count(),
        // Version and patch level; the rest says whose machine it was.
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?
            .split(['.', '-'])
            .take(2)
            .collect::<Vec<_>>()
            .join("."),
        cpu: model.unwrap_or_default(),
    })
}
