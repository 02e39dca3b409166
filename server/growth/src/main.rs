//! `cargo xtask bench growth`: what a request, a member and a session cost while the stores fill from a thousand members
//! to a million, and what two further instances change. It owns the rows and records that it measures; the server is the
//! release build, in processes of its own.
//!
//! On Linux only: the stores' processes are found in `/proc`, and `taskset` gives the servers one processor and everything
//! else another.

mod instance;
mod plots;
mod population;
mod requests;
mod results;
mod stores;
mod tables;

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::Arc,
    time::Duration,
};

use anyhow::Result;
use clap::Parser;
use domain::session::{access_token::AccessTokens, keys::KeyRing};
use measuring::{
    load::{self, Repeats, Requests},
    processor,
};

use crate::{
    instance::{Program, Running},
    population::{Population, Sample, Subject},
    requests::{Kind, Tokens},
    results::{Cost, Results, Shared, Step},
    stores::Stores,
};

/// Connections of a load.
const AT_ONCE: usize = 16;
/// Time in which connections are opened and statements prepared.
const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(4);
/// Longer than a run.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);
const INSTANCES_MAX: usize = 3;

/// Measures on the stores of `DATABASE_URL` and `REDIS_URL`, which must be empty.
#[derive(Parser)]
struct Arguments {
    /// The server's program
    #[arg(long)]
    genkan: PathBuf,
    /// The folder that results and plots are written to
    #[arg(long)]
    folder: PathBuf,
    /// Numbers of members, ascending
    #[arg(long, value_delimiter = ',', default_values_t = [1000, 10_000, 100_000, 1_000_000])]
    members: Vec<u32>,
    #[arg(long, env)]
    database_url: String,
    #[arg(long, env)]
    redis_url: String,
}

/// What every measurement needs.
struct Bench {
    program: Program,
    stores: Stores,
    tokens: Tokens,
}

// One thread, which leaves most of its processor to the stores.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    processor::pin(process::id(), processor::STORES_AND_LOAD)?;
    let keys = KeyRing::parse(instance::KEY)?;
    let access = AccessTokens::new(&keys, instance::PUBLIC_URL, TOKEN_LIFETIME);
    let [database_url, redis_url] = [&arguments.database_url, &arguments.redis_url];
    let program = Program::new(arguments.genkan, database_url, redis_url);
    program.migrate()?;
    let stores = Stores::connect(database_url, redis_url).await?;
    let bench = Bench { program, stores, tokens: Tokens::new(keys, access) };
    let mut population = Population::begin(&bench.stores, database_url, &bench.program).await?;

    let mut steps = Vec::new();
    for members in arguments.members {
        eprintln!("{members} members");
        let (space, sample) = population.grow_to(members).await?;
        steps.push(Step { members, space, costs: bench.costs(&sample).await? });
    }
    let sample = population.sample().await?;
    let mut instances = Vec::new();
    for kind in [Kind::Check, Kind::Profile] {
        for count in 1..=INSTANCES_MAX {
            eprintln!("{count} instances, {}", kind.name());
            instances.push(bench.shared_cost(&sample, kind, count).await?);
        }
    }

    let results = Results { steps, instances };
    println!("{}", tables::markdown(&results));
    write(&results, &arguments.folder)
}

impl Bench {
    /// The cost of each kind of request at one instance, with one connection and under load.
    async fn costs(&self, sample: &Sample) -> Result<Vec<Cost>> {
        let server = self.program.start(1)?;
        let mut costs = Vec::new();
        for kind in Kind::ALL {
            let repeating = self.requests(kind, sample.repeating(kind), Repeats::Yes);
            load::run(&server.addresses(), &repeating, AT_ONCE, WARM_UP).await?;
            for (connections, refreshing) in [1, AT_ONCE].into_iter().zip(&sample.refreshing) {
                let requests = match kind {
                    Kind::Refresh => self.requests(kind, refreshing, Repeats::No),
                    _ => Arc::clone(&repeating),
                };
                costs.push(self.cost(&server, kind, &requests, connections).await?);
            }
        }
        Ok(costs)
    }

    /// The cost of a kind of request at one of several instances, which are new, so that what they report is complete.
    async fn shared_cost(&self, sample: &Sample, kind: Kind, count: usize) -> Result<Shared> {
        let before = (self.stores.transactions().await?, self.stores.scripts_run().await?);
        let servers = self.program.start(count)?;
        let requests = self.requests(kind, sample.repeating(kind), Repeats::Yes);
        load::run(&servers.addresses(), &requests, AT_ONCE, WARM_UP).await?;
        let cost = self.cost(&servers, kind, &requests, AT_ONCE).await?;
        drop(servers);
        let after = (self.stores.transactions().await?, self.stores.scripts_run().await?);
        let each = |total: f64| total / requests.sent() as f64;
        Ok(Shared {
            instances: count,
            statements: each((after.0 - before.0) as f64),
            commands: each((after.1 - before.1) as f64),
            cost,
        })
    }

    async fn cost(
        &self,
        to: &Running,
        kind: Kind,
        requests: &Arc<Requests>,
        connections: usize,
    ) -> Result<Cost> {
        let before = self.stores.usage(to).await?;
        let took = load::run(&to.addresses(), requests, connections, MEASURED).await?;
        let after = self.stores.usage(to).await?;
        Ok(Cost::new(kind, connections, &took, [before, after]))
    }

    fn requests(&self, kind: Kind, of: &[Subject], repeats: Repeats) -> Arc<Requests> {
        Arc::new(requests::requests(kind, of, &self.tokens, repeats))
    }
}

fn write(results: &Results, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("growth.json"), serde_json::to_string_pretty(results)? + "\n")?;
    for (name, svg) in plots::svgs(results) {
        fs::write(folder.join(name), svg)?;
    }
    Ok(())
}
