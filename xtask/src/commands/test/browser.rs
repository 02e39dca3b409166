//! The Playwright suite in Chromium, against the release build of the browser's half and the very server binary
//! that the Rust tests use, on private stores. Two servers: the ordinary one, and one whose tokens and sessions are short
//! enough that a test can wait for their end.

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use crate::os::process;
use crate::site::{self, Server};
use crate::stores::{Durability, Stores};
use crate::tools::{chromium, node};
use crate::workspace;

type Variables = &'static [(&'static str, &'static str)];

/// The variable in which the tests find a server's address, its name, and its lifetimes in seconds, which
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
    node::install_packages(&workspace::end2end())?;
    let chromium = chromium::find_or_install()?;

    let stores = Stores::start(Durability::Throwaway)?;
    // After the servers and their stores: where processors are few, browsers must not keep Redis from answering within
    // its timeout. Playwright itself, not `npx`, which forwards no signal. SIGINT makes it close its browsers.
    let program = workspace::end2end().join("node_modules/.bin/playwright");
    let mut command = process::leashed("nice", Signal::SIGINT);
    command.arg(program).arg("test").args(runner_arguments).current_dir(workspace::end2end());
    command.envs(chromium.map(|file| ("CHROMIUM_PATH", file)));
    let mut servers = Vec::new();
    for (variable, name, lifetimes) in SERVERS {
        let server = Server::start(name, lifetimes, &stores)?;
        command.env(variable, &server.url);
        servers.push(server);
    }
    process::run("playwright", &mut command)
        .context("the servers' logs are in target/end2end*-server.log")
}
