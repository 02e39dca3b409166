//! `cargo xtask lighthouse`: Lighthouse's scores of three pages on a phone. Not part of `test`: it takes minutes, and
//! scores vary with the machine's load.

use std::process::Command;

use anyhow::{Context, Result};

use crate::os::process;
use crate::site::{self, DEMO_EMAIL, DEMO_PASSWORD, Server};
use crate::stores::{Durability, Stores};
use crate::tools::{chromium, node};
use crate::workspace;

pub(crate) fn run() -> Result<()> {
    site::build_browser_half()?;
    site::build_server()?;
    let chromium = chromium::find_or_install()?.context("install Chromium, then run this again")?;
    let folder = workspace::end2end().join("lighthouse");
    node::install_packages(&folder)?;

    let stores = Stores::start(Durability::Throwaway)?;
    let server = Server::start("lighthouse", &[], &stores)?;
    site::seed_demo(site::server().env("DATABASE_URL", stores.database_url("lighthouse")))?;
    let mut command = Command::new("node");
    command.arg("lighthouse.mjs").current_dir(folder).env("CHROMIUM_PATH", chromium);
    command.env("BASE_URL", &server.url);
    command.env("EMAIL", DEMO_EMAIL).env("PASSWORD", DEMO_PASSWORD);
    process::run("Lighthouse", &mut command)
}
