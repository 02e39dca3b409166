//! `cargo xtask bench` and part `budget` of the tests: what requests cost the server and its stores. It owns the rows
//! and records that it measures; the server is a program in processes of its own.
//!
//! On Linux only: the stores' processes are found in `/proc`, and `taskset` gives the servers one processor and everything
//! else another.

mod cost;
mod growth;
mod instance;
mod instructions;
mod peers;
mod population;
mod requests;
mod stores;
mod tables;

use std::{
    path::PathBuf,
    process::{self, ExitCode},
};

use anyhow::Result;
use clap::{Parser, Subcommand};
use measuring::processor;

use crate::{cost::Bench, instance::Program, population::Population, requests::Kind};

/// Measures on the stores of `DATABASE_URL` and `REDIS_URL`, which must be empty.
#[derive(Parser)]
struct Arguments {
    /// The server's program
    #[arg(long)]
    genkan: PathBuf,
    #[arg(long, env)]
    database_url: String,
    #[arg(long, env)]
    redis_url: String,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prints what five requests cost.
    Requests {
        /// A result file of the comparison with other sites, whose figures are printed beside
        #[arg(long, env)]
        peers: Option<PathBuf>,
    },
    /// Counts the instructions of five requests, and compares them with the budget.
    Instructions {
        /// `budget.toml`
        #[arg(long)]
        budget: PathBuf,
        /// The folder that Callgrind's files are written to, one for each request
        #[arg(long)]
        folder: PathBuf,
    },
    /// Measures while the stores fill, and draws how the cost grows.
    Growth {
        /// The folder that results and plots are written to
        #[arg(long)]
        folder: PathBuf,
        /// Numbers of members, ascending
        #[arg(long, value_delimiter = ',', default_values_t = [1000, 10_000, 100_000, 1_000_000])]
        members: Vec<u32>,
    },
}

/// Members for measurements that do not depend on their number.
const MEMBERS: u32 = 10_000;
/// The requests that are compared with other sites, and whose instructions are counted.
const FIVE: [Kind; 5] = [Kind::Home, Kind::Profile, Kind::AuthSession, Kind::Refresh, Kind::LogIn];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // A sentence for the developer, without a backtrace whatever `RUST_BACKTRACE` says.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

// One thread, which leaves most of its processor to the stores.
#[tokio::main(flavor = "current_thread")]
async fn run() -> Result<()> {
    let arguments = Arguments::parse();
    processor::pin(process::id(), processor::STORES_AND_LOAD)?;
    let [database_url, redis_url] = [&arguments.database_url, &arguments.redis_url];
    let program = Program::new(arguments.genkan, database_url, redis_url);
    program.migrate()?;
    let bench = Bench::new(program, database_url, redis_url).await?;
    let mut population = Population::begin(&bench.stores, database_url, &bench.program).await?;
    match arguments.what {
        What::Requests { peers } => {
            let peers = peers.map(|file| peers::read(&file)).transpose()?.unwrap_or_default();
            let (_, sample) = population.grow_to(MEMBERS).await?;
            let costs = bench.costs(&FIVE, &sample).await?;
            println!("{}", peers::beside(&costs, &peers));
            Ok(())
        }
        What::Instructions { budget, folder } => {
            let (_, sample) = population.grow_to(MEMBERS).await?;
            instructions::check(&bench, &sample, &budget, &folder).await
        }
        What::Growth { folder, members } => {
            growth::measure(&bench, &mut population, &members, &folder).await
        }
    }
}
