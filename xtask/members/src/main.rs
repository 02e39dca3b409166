//! Members at work against a site, for `cargo xtask drill`: each answer is checked against what its member may see.
//!
//! Driven by lines on standard input, and answered by lines on standard output:
//!
//! | line | answer |
//! |---|---|
//! | | `ready`: every member is signed in |
//! | `fault NAME` | none: the record begins anew |
//! | `herd COUNT` | `answered MILLISECONDS`: so many refreshes at once, all answered |
//! | `healed` | `recovered MILLISECONDS`, once all members have been served for a second |
//! | `report` | `report name=NAME lost=0 …` |
//! | `end`, or the end of the input | none: the program ends |
//!
//! The evidence of a broken promise is on standard error. **Architecture Invariant:** it knows the site by HTTP alone.

mod account;
mod browser;
mod exchange;
mod jar;
mod member;
mod record;
mod rules;

use std::{
    io::{self, BufRead},
    path::PathBuf,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::Parser;
use fastrand::Rng;
use tokio::{sync::mpsc, task::JoinSet, time::interval};

use crate::{
    account::Account, browser::Browser, exchange::Address, member::Member, record::Record,
};

/// Members at work, each with a browser of its own.
#[derive(Debug, Parser)]
struct Options {
    /// The site, as https://localhost:8443
    #[arg(long)]
    address: String,
    /// The certificate of the authority that the site's is verified by (PEM)
    #[arg(long)]
    ca: Option<PathBuf>,
    /// The average pause of a member between two requests, in milliseconds
    #[arg(long, default_value_t = 1000)]
    pace: u64,
    /// Decides what the members do, and when; printed at the start
    #[arg(long)]
    seed: Option<u64>,
    /// The password of every member
    #[arg(long, env = "MEMBERS_PASSWORD", hide_env_values = true)]
    password: String,
    /// The addresses of the members' accounts, as drill-017@genkan.example
    #[arg(required = true)]
    emails: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    eprintln!("members: seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let address = Address::new(&options.address, options.ca.as_deref())?;
    let record = Arc::new(Record::new(options.emails.len(), Instant::now()));

    let mut setting_up = JoinSet::new();
    let mut browsers = Vec::new();
    for (number, email) in options.emails.iter().enumerate() {
        let account = Account::new(email, &options.password)?;
        let member = Member::new(number, account, Arc::clone(&record), &address, rng.fork());
        browsers.push(member.browser());
        setting_up.spawn(set_up(member));
    }
    let members = setting_up.join_all().await;

    // Dropped at the end, which stops everybody.
    let mut working = JoinSet::new();
    for browser in &browsers {
        let browser = Arc::clone(browser);
        working.spawn(async move { browser.keep().await });
    }
    for member in members {
        working.spawn(member.work(Duration::from_millis(options.pace)));
    }
    println!("ready");
    obey(&record, &browsers).await
}

async fn set_up(mut member: Member) -> Member {
    member.set_up().await;
    member
}

/// Carries out the lines of standard input until the end.
async fn obey(record: &Record, browsers: &[Arc<Browser>]) -> Result<()> {
    /// The interval between two looks at the record.
    const TICK: Duration = Duration::from_millis(20);

    let mut lines = lines();
    let mut tick = interval(TICK);
    loop {
        let line = tokio::select! {
            line = lines.recv() => line,
            _ = tick.tick() => {
                if let Some(took) = record.recovered(Instant::now()) {
                    println!("recovered {}", took.as_millis());
                }
                continue;
            }
        };
        let line = line.unwrap_or_else(|| "end".to_owned());
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["fault", name] => record.begin(name, Instant::now()),
            ["healed"] => record.healed(Instant::now()),
            ["herd", count] => {
                let took = herd(browsers, count.parse().context("herd needs a number")?).await;
                println!("answered {}", took.as_millis());
            }
            ["report"] => println!("{}", record.report()),
            ["end"] => return Ok(()),
            _ => bail!("there is no such command: {line}"),
        }
    }
}

/// Sends so many refreshes at once, and returns the time until all are answered.
async fn herd(browsers: &[Arc<Browser>], count: usize) -> Duration {
    let began = Instant::now();
    let mut refreshing = JoinSet::new();
    for browser in browsers.iter().cycle().take(count) {
        let browser = Arc::clone(browser);
        refreshing.spawn(async move { browser.refresh().await });
    }
    refreshing.join_all().await;
    began.elapsed()
}

/// The lines of standard input, until its end.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
