//! The Playwright suite in Chromium, against the release build of the browser's half and the server binary of the Rust
//! tests, on private stores. Two servers: the ordinary one, and one with tokens and sessions so short that tests can
//! wait for their end.

use anyhow::{Context, Result};

use crate::os::process;
use crate::site::{self, Server};
use crate::stores::{Durability, Stores};
use crate::tools::playwright;

type Variables = &'static [(&'static str, &'static str)];

/// For each server, the variable with its address for the tests, its name, and its lifetimes in seconds, which
/// `end2end/support/lifetimes.ts` repeats.
const SERVERS: [(&str, &str, Variables); 2] = [
    ("BASE_URL", "end2end", &[]),
    (
        "SHORT_BASE_URL",
        "end2end_short",
        &[("ACCESS_TTL", "11"), ("REFRESH_GRACE", "3"), ("SESSION_IDLE", "15")],
    ),
];

pub(crate) fn test(runner_arguments: &[&str]) -> Result<()> {
    site::build_browser_half()?;
    site::build_server()?;
    let mut command = playwright::test(runner_arguments)?;

    let stores = Stores::start(Durability::Throwaway)?;
    let mut servers = Vec::new();
    for (variable, name, lifetimes) in SERVERS {
        let server = Server::start(name, lifetimes, &stores)?;
        command.env(variable, &server.url);
        servers.push(server);
    }
    process::run("playwright", &mut command)
        .context("the servers' logs are in target/end2end*-server.log")
}
