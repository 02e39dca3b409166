//! The project's own commands, `cargo xtask …`: they set up, serve and check the site.
//!
//! Owns everything around the site: tools, private stores, `.env`, checks. It must never touch a database that it did
//! not start (except `dev`, if `DATABASE_URL` names one), and nothing that it starts may outlive it.

mod cluster;
mod commands;
mod os;
mod packages;
mod site;
mod stores;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::commands::dev::Deployment;
use crate::commands::{bench, dev, doctor, drill, lab, lighthouse, release, sqlx, test};
use crate::os::interrupt;

const USAGE: &str = "\
cargo xtask dev             set everything up and serve the site, with live reload
cargo xtask dev --small     the same with Postgres as its only store
cargo xtask test            check everything, as CI does
cargo xtask test PART...    only these: fmt lint deny infra rules sqlx unit stores wasm e2e budget
                            drill lab image
cargo xtask test PART -- …  one part (unit or e2e); the rest goes to its runner
cargo xtask bench           measure what sessions and requests cost, in an optimised build
                            (PEERS=FILE: beside the figures of other sites)
cargo xtask bench growth    measure how cost grows with members and sessions, and draw it
cargo xtask cluster         serve behind a load balancer: three instances on stores with replicas
                            (--debug, --store sentinel|valkey-cluster|postgres, --other PROGRAM)
cargo xtask drill           have members work while parts of the cluster fail, and write docs/drills.md
                            (--debug, --short, --seed N, --store and --other as for cluster,
                            names of faults)
cargo xtask lab             measure every way to keep sessions, side by side, and write docs/approaches.md
                            (--quick: test what must be so. With --debug, which comes first, --rounds N,
                            --sessions N or names of variants: measure, and print the results only)
cargo xtask lighthouse      print Lighthouse's scores of three pages
cargo xtask doctor          list what is there and what is missing
cargo xtask sqlx-prepare    rewrite server/.sqlx after a query or a migration has changed
cargo xtask keep-release    record this version as the previous release, for tests of the next";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match interrupt::listen().and_then(|()| run(&words)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if interrupt::has_come() => {
            eprintln!("\nstopped.");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["dev"] => dev::run(Deployment::Usual),
        ["dev", "--small"] => dev::run(Deployment::Smallest),
        ["test", arguments @ ..] => test::run(arguments),
        ["bench"] => bench::run(),
        ["bench", "growth"] => bench::growth(),
        ["cluster", arguments @ ..] => commands::cluster::run(arguments),
        ["drill", arguments @ ..] => drill::run(arguments),
        ["lab", arguments @ ..] => lab::run(arguments),
        ["lighthouse"] => lighthouse::run(),
        ["doctor"] => doctor::run(),
        ["sqlx-prepare"] => sqlx::rewrite(),
        ["keep-release"] => release::keep(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("there is no such command\n\n{USAGE}"),
    }
}
