//! A private Redis or Valkey: found or installed, started on loopback.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use nix::sys::signal::Signal;

use super::{Durability, Home};
use crate::os::process::{self, Group};
use crate::os::programs;

/// Each server's program, and its client's.
const PROGRAMS: [(&str, &str); 2] =
    [("redis-server", "redis-cli"), ("valkey-server", "valkey-cli")];

/// Starts a server on `port` with its data in `folder/redis`.
pub(crate) fn start(
    home: &Home,
    folder: &Path,
    port: u16,
    durability: Durability,
) -> Result<Group> {
    let (program, client) = programs::ensure("redis-server", find)?;
    let folder = folder.join("redis");
    home.provide(&folder)?;

    let port_number = port.to_string();
    let mut command = process::leashed(program, Signal::SIGTERM);
    command.current_dir(&folder).args(["--bind", "127.0.0.1", "--port", &port_number]);
    // An eviction would end a session silently, while a refused write is noticed.
    command.args(["--maxmemory-policy", "noeviction", "--appendonly", "no", "--save"]);
    match durability {
        // Also saved on shutdown, so that a developer stays signed in.
        Durability::Kept => command.args(["60", "1"]),
        Durability::Throwaway => command.arg(""),
    };
    home.run_as_account(&mut command);

    let mut ping = Command::new(client);
    ping.args(["-p", &port_number, "ping"]);
    Group::serve("Redis", &mut command, Signal::SIGTERM, &folder.join("log"), move || {
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
