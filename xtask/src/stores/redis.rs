//! A private Redis or Valkey: found or installed, started on loopback.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use super::{Durability, Home};
use crate::os::process::{self, Group};
use crate::os::programs;

/// Each server's program, and its client's.
const PROGRAMS: [(&str, &str); 2] =
    [("redis-server", "redis-cli"), ("valkey-server", "valkey-cli")];

/// Starts the installed server on `port` with its data in `folder/redis`.
pub(crate) fn start(
    home: &Home,
    folder: &Path,
    port: u16,
    durability: Durability,
) -> Result<Group> {
    let (program, client) = programs::ensure("redis-server", find)?;
    let folder = folder.join("redis");
    home.provide(&folder)?;
    let mut command = command(&program, &folder, port);
    match durability {
        // Also saved on shutdown, so that a developer stays signed in.
        Durability::Kept => command.args(["60", "1"]),
        Durability::Throwaway => command.arg(""),
    };
    home.run_as_account(&mut command);
    serve(&mut command, &client, port, &folder)
}

/// Starts another server on `port` that keeps nothing, with its log in `folder`, as this account: the stores' own may
/// have no access to the program.
pub(crate) fn start_program(program: &Path, folder: &Path, port: u16) -> Result<Group> {
    let (_, client) = programs::ensure("redis-server", find)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    serve(command(program, folder, port).arg(""), &client, port, folder)
}

/// The command up to when to save.
fn command(program: &Path, folder: &Path, port: u16) -> Command {
    let mut command = process::leashed(program, Signal::SIGTERM);
    command.current_dir(folder).args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
    // An eviction would end a session silently, while a refused write is noticed.
    command.args(["--maxmemory-policy", "noeviction", "--appendonly", "no", "--save"]);
    command
}

fn serve(command: &mut Command, client: &Path, port: u16, folder: &Path) -> Result<Group> {
    let mut ping = Command::new(client);
    ping.args(["-p", &port.to_string(), "ping"]);
    Group::serve("Redis", command, Signal::SIGTERM, &folder.join("log"), move || {
        process::output_of(&mut ping).is_some_and(|reply| reply == "PONG")
    })
}

/// The programs of server and client, if installed.
pub(crate) fn find() -> Option<(PathBuf, PathBuf)> {
    let mut both = PROGRAMS
        .iter()
        .map(|(server, client)| Some((programs::on_path(server)?, programs::on_path(client)?)));
    both.find_map(|found| found)
}
