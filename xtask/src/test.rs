//! `cargo xtask test`: the parts, in order, each with its time; a failed part does not keep the others from running.
//!
//! The stores are this run's own, in an empty folder, also where `DATABASE_URL` and `REDIS_URL` are set: tests
//! create and drop databases, and what those variables name may be somebody's data.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::browser;
use crate::budget;
use crate::checks;
use crate::interrupt;
use crate::ports;
use crate::postgres::{Durability, Postgres};
use crate::progress::{Step, in_words};
use crate::redis::{Cluster, Persistence, Redis, Sentinel};
use crate::site;
use crate::sqlx;
use crate::store_home::{RunFolder, StoreHome};

/// One part of the checking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Fmt,
    Lint,
    Deny,
    Sqlx,
    Unit,
    Wasm,
    E2e,
    Budget,
}

/// What to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) parts: Vec<Part>,
    /// For cargo or Playwright, if one part alone runs.
    pub(crate) runner_arguments: Vec<String>,
}

impl Part {
    /// In the order in which they run: what fails fast comes first.
    pub(crate) const ALL: [Self; 8] = [
        Self::Fmt,
        Self::Lint,
        Self::Deny,
        Self::Sqlx,
        Self::Unit,
        Self::Wasm,
        Self::E2e,
        Self::Budget,
    ];

    /// # Errors
    /// There is no such part.
    pub(crate) fn parse(name: &str) -> Result<Self> {
        match Self::ALL.into_iter().find(|part| part.name() == name) {
            Some(part) => Ok(part),
            None => bail!("there is no part `{name}`: {}", Self::ALL.map(Self::name).join(", ")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Lint => "lint",
            Self::Deny => "deny",
            Self::Sqlx => "sqlx",
            Self::Unit => "unit",
            Self::Wasm => "wasm",
            Self::E2e => "e2e",
            Self::Budget => "budget",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Fmt => "fmt: formatting",
            Self::Lint => "lint: clippy for the server and for the browser, tsc for its tests",
            Self::Deny => "deny: licences, sources and unused dependencies",
            Self::Sqlx => "sqlx: the queries against a migrated Postgres",
            Self::Unit => "unit: Rust tests against private Postgres and Redis",
            Self::Wasm => "wasm: the browser's timing rules, in WASM under Node",
            Self::E2e => "e2e: Playwright against the built site",
            Self::Budget => "budget: the size of the first load",
        }
    }
}

/// Runs the plan and prints a summary.
///
/// # Errors
/// A part failed, or the run was interrupted.
pub(crate) fn run(plan: &Plan) -> Result<()> {
    let began = Instant::now();
    let mut bench = Bench::default();
    let mut results = Vec::new();

    for part in &plan.parts {
        let step = Step::begin(part.heading());
        let part_began = Instant::now();
        let outcome = bench.run(*part, &plan.runner_arguments);
        interrupt::check()?;
        if let Err(error) = &outcome {
            println!("    FAILED: {error:#}");
        }
        step.done();
        results.push(PartResult {
            part: *part,
            passed: outcome.is_ok(),
            took: part_began.elapsed(),
        });
    }

    drop(bench);
    summarise(&results, began.elapsed())
}

struct PartResult {
    part: Part,
    passed: bool,
    took: Duration,
}

fn summarise(results: &[PartResult], took: Duration) -> Result<()> {
    println!("\n==> Summary");
    for result in results {
        let verdict = if result.passed { "passed" } else { "FAILED" };
        println!("    {:<8}{verdict}  {:>14}", result.part.name(), in_words(result.took));
    }
    println!("    {:<16}{:>14}", "together", in_words(took));

    let failed = results.iter().filter(|result| !result.passed).count();
    println!("\n{} passed, {failed} failed", results.len() - failed);
    if failed > 0 {
        bail!("{failed} of {} parts failed", results.len());
    }
    Ok(())
}

/// What the parts share, made when first needed. Fields are dropped in order: servers before their folder.
#[derive(Default)]
struct Bench {
    postgres: Option<Postgres>,
    stores: Option<(StoreHome, RunFolder)>,
    site: Site,
}

/// What the server's tests need.
pub(crate) struct RedisOfEveryKind {
    pub(crate) standalone: Redis,
    /// Only for the drill in which it is wiped.
    pub(crate) wiped: Redis,
    /// Only for the tests that fill it.
    pub(crate) small: Redis,
    pub(crate) cluster: Cluster,
    pub(crate) sentinel: Sentinel,
}

#[derive(Default, PartialEq, Eq)]
enum Site {
    #[default]
    NotBuilt,
    Built,
}

impl Bench {
    fn run(&mut self, part: Part, runner_arguments: &[String]) -> Result<()> {
        match part {
            Part::Fmt => checks::format(),
            Part::Lint => checks::lint(),
            Part::Deny => checks::dependencies(),
            Part::Sqlx => sqlx::check(self.postgres()?),
            Part::Unit => {
                let redis = self.redis_of_every_kind()?;
                checks::unit(self.postgres()?, &redis, runner_arguments)
            }
            Part::Wasm => checks::wasm(),
            Part::E2e => {
                self.build_site()?;
                let redis = self.redis()?;
                browser::test(self.postgres()?, &redis, runner_arguments)
            }
            Part::Budget => {
                self.build_site()?;
                budget::check()
            }
        }
    }

    fn build_site(&mut self) -> Result<()> {
        if self.site == Site::NotBuilt {
            site::build()?;
            self.site = Site::Built;
        }
        Ok(())
    }

    fn postgres(&mut self) -> Result<&Postgres> {
        if self.postgres.is_none() {
            let (home, run) = self.stores()?;
            let postgres =
                Postgres::start(home, &run.folder, ports::any_free()?, Durability::Throwaway)?;
            self.postgres = Some(postgres);
        }
        match &self.postgres {
            Some(postgres) => Ok(postgres),
            None => bail!("Postgres was not started"),
        }
    }

    /// A new, empty one: no part sees another's keys.
    fn redis(&mut self) -> Result<Redis> {
        let (home, run) = self.stores()?;
        Redis::start(home, &run.folder, ports::any_free()?, Persistence::None)
    }

    fn redis_of_every_kind(&mut self) -> Result<RedisOfEveryKind> {
        let standalone = self.redis()?;
        let (home, run) = self.stores()?;
        let folder = run.folder.join("wiped");
        let wiped = Redis::start(home, &folder, ports::any_free()?, Persistence::None)?;
        let folder = run.folder.join("small");
        let small = Redis::start(home, &folder, ports::any_free()?, Persistence::None)?;
        let cluster = Cluster::start(home, &run.folder)?;
        let sentinel = Sentinel::start(home, &run.folder)?;
        Ok(RedisOfEveryKind { standalone, wiped, small, cluster, sentinel })
    }

    fn stores(&mut self) -> Result<&(StoreHome, RunFolder)> {
        if self.stores.is_none() {
            let home = StoreHome::open()?;
            let run = home.for_this_run()?;
            self.stores = Some((home, run));
        }
        match &self.stores {
            Some(stores) => Ok(stores),
            None => bail!("the stores have no folder"),
        }
    }
}
