//! `cargo xtask bench growth`: what a request, a member and a session cost while the stores fill from a thousand members
//! to a million, and what two further instances change.

mod plots;
mod results;
mod tables;

use std::{fs, path::Path};

use anyhow::Result;
use measuring::load::{self, Repeats};

use crate::{
    cost::{AT_ONCE, Bench, WARM_UP},
    population::{Population, Sample},
    requests::Kind,
};

use self::results::{Results, Shared, Step};

const KINDS: [Kind; 5] =
    [Kind::LogIn, Kind::Check, Kind::Profile, Kind::SessionList, Kind::Refresh];
const INSTANCES_MAX: usize = 3;

/// Fills the stores step by step, measures after each, prints tables, and writes figures and plots into the folder.
pub async fn measure(
    bench: &Bench,
    population: &mut Population<'_>,
    numbers_of_members: &[u32],
    folder: &Path,
) -> Result<()> {
    let mut steps = Vec::new();
    for &members in numbers_of_members {
        eprintln!("{members} members");
        let (space, sample) = population.grow_to(members).await?;
        steps.push(Step { members, space, costs: bench.costs(&KINDS, &sample).await? });
    }
    let sample = population.sample().await?;
    let mut instances = Vec::new();
    for kind in [Kind::Check, Kind::Profile] {
        for count in 1..=INSTANCES_MAX {
            eprintln!("{count} instances, {}", kind.name());
            instances.push(shared_cost(bench, &sample, kind, count).await?);
        }
    }

    let results = Results { steps, instances };
    println!("{}", tables::markdown(&results));
    write(&results, folder)
}

/// The cost of a kind of request at one of several instances, which are new, so that what they report is complete.
async fn shared_cost(bench: &Bench, sample: &Sample, kind: Kind, count: usize) -> Result<Shared> {
    let before = (bench.stores.transactions().await?, bench.stores.scripts_run().await?);
    let servers = bench.program.start(count)?;
    let requests = bench.requests(kind, sample.repeating(kind), Repeats::Yes);
    load::run(&servers.addresses(), &requests, AT_ONCE, WARM_UP).await?;
    let cost = bench.cost(&servers, kind, &requests, AT_ONCE).await?;
    drop(servers);
    let after = (bench.stores.transactions().await?, bench.stores.scripts_run().await?);
    let each = |total: f64| total / requests.sent() as f64;
    Ok(Shared {
        instances: count,
        statements: each((after.0 - before.0) as f64),
        commands: each((after.1 - before.1) as f64),
        cost,
    })
}

fn write(results: &Results, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("growth.json"), serde_json::to_string_pretty(results)? + "\n")?;
    for (name, svg) in plots::svgs(results) {
        fs::write(folder.join(name), svg)?;
    }
    Ok(())
}
