//! The program `genkan`: serves, generates keys, migrates, and seeds the demo member.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use super::Built;
use crate::os::ports;
use crate::os::process::{self, Group};
use crate::packages::SERVER;
use crate::stores::Stores;
use crate::workspace;

/// The member who can log in after `cargo xtask dev`.
pub(crate) const DEMO_EMAIL: &str = "demo@genkan.example";
pub(crate) const DEMO_PASSWORD: &str = "correct horse battery staple";

/// A running server with the release build of the browser's half, on private stores.
pub(crate) struct Server {
    _process: Group,
    pub(crate) url: String,
}

impl Server {
    /// Migrates a database of that name and serves, with additional variables. Needs [`build_server`] and
    /// [`super::build_browser_half`].
    pub(crate) fn start(name: &str, variables: &[(&str, &str)], stores: &Stores) -> Result<Self> {
        let port = ports::any_free()?;
        let url = format!("http://localhost:{port}");
        let log = workspace::target().join(format!("{name}-server.log"));
        let database_url = stores.database_url(name);
        migrate(server().env("DATABASE_URL", &database_url))?;

        let mut command = server();
        command.env("DATABASE_URL", &database_url).env("REDIS_URL", stores.redis_url());
        command.env("PORT", port.to_string()).env("PUBLIC_URL", &url);
        command.env("SECRET_KEYS", new_key()?).env("DEV_MAILBOX", "on").env("RATE_LIMITS", "off");
        command.env("LAME_DUCK", "0");
        command.envs(Built::in_place(Build::Debug).variables());
        command.envs(variables.iter().copied());
        let process = Group::serve("the server", &mut command, Signal::SIGTERM, &log, || {
            ports::accepts(port)
        })?;
        Ok(Self { _process: process, url })
    }
}

/// A profile of the server's binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// With the same features as `cargo test`, so that nothing is compiled twice
    Debug,
    /// As it is shipped
    Release,
}

impl Build {
    pub(crate) fn make(self) -> Result<()> {
        let mut command = process::cargo();
        command.args(["build", "--bin=genkan"]);
        match self {
            Self::Debug => command.args(SERVER),
            Self::Release => command.args(["--release", "--locked", "-p=server"]),
        };
        process::run("building the server", &mut command)
    }

    pub(crate) fn program(self) -> PathBuf {
        let profile = if self == Self::Release { "release" } else { "debug" };
        workspace::target().join(profile).join("genkan")
    }
}

/// Builds the server in the dev profile.
pub(crate) fn build_server() -> Result<()> {
    Build::Debug.make()
}

/// The binary of [`build_server`] with an empty environment.
pub(crate) fn server() -> Command {
    program(&Build::Debug.program())
}

/// A server's binary with an empty environment, in a folder from which no `.env` is found.
pub(crate) fn program(file: &Path) -> Command {
    let mut command = process::leashed(file, Signal::SIGTERM);
    command.env_clear().current_dir(env::temp_dir());
    command
}

/// A new entry for `SECRET_KEYS`.
pub(crate) fn new_key() -> Result<String> {
    new_key_by(&Build::Debug.program())
}

/// A new entry for `SECRET_KEYS`, made by this binary.
pub(crate) fn new_key_by(file: &Path) -> Result<String> {
    process::output_of(program(file).args(["keys", "new"])).context("`genkan keys new` failed")
}

/// The binary of [`build_server`] with a developer's environment and `.env`.
pub(crate) fn server_in_development() -> Command {
    let mut command = Command::new(Build::Debug.program());
    command.current_dir(workspace::root());
    command
}

/// Migrates the server's database, and creates it if it does not exist.
pub(crate) fn migrate(server: &mut Command) -> Result<()> {
    process::run("genkan migrate", server.arg("migrate"))
}

/// Adds the demo member to the server's database, unless it exists.
pub(crate) fn seed_demo(server: &mut Command) -> Result<()> {
    server.args(["admin", "seed", DEMO_EMAIL, "Demo"]);
    process::run_reading("genkan admin seed", server, DEMO_PASSWORD)
}
