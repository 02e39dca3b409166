//! A private Postgres: found or installed, initialised, started on loopback.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use super::{Durability, Home};
use crate::os::process::{self, Group};
use crate::os::programs;

const PROGRAMS: [&str; 4] = ["initdb", "postgres", "pg_isready", "psql"];
/// Folders that are not on `PATH`: Debian's with versions, and Homebrew's two with packages.
const FOLDERS: [&str; 3] = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];

/// Starts a server on `port` with its data in `folder/postgres`, initialising it if new.
pub(crate) fn start(
    home: &Home,
    folder: &Path,
    port: u16,
    durability: Durability,
) -> Result<Group> {
    let programs = programs::ensure("postgresql", find)?;
    let folder = folder.join("postgres");
    let data = folder.join("data");
    home.provide(&folder)?;
    initialise(&programs, &data, home)?;

    // SIGINT is Postgres' fast shutdown: open connections are closed, data is written.
    let mut command = process::leashed(programs.join("postgres"), Signal::SIGINT);
    command.arg("-D").arg(&data).current_dir(&folder);
    command.args(["-p", &port.to_string(), "-h", "127.0.0.1", "-N", "200"]);
    // No socket file: its folder may belong to another account, and its path has a length limit.
    command.args(["-c", "unix_socket_directories="]);
    if durability == Durability::Throwaway {
        command.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
    }
    home.run_as_account(&mut command);

    let mut pg_isready = Command::new(programs.join("pg_isready"));
    pg_isready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
    Group::serve("Postgres", &mut command, Signal::SIGINT, &folder.join("log"), move || {
        process::output_of(&mut pg_isready).is_some()
    })
}

/// The folder with Postgres' programs: from `PATH`, else the highest version in the usual places.
pub(crate) fn find() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = FOLDERS
        .iter()
        .flat_map(fs::read_dir)
        .flat_map(|entries| entries.flatten().map(|entry| entry.path().join("bin")))
        .collect();
    folders.sort();
    let on_path = programs::on_path("initdb").and_then(|file| fs::canonicalize(file).ok());
    folders.extend(on_path.and_then(|file| Some(file.parent()?.to_owned())));
    folders
        .into_iter()
        .rfind(|bin| PROGRAMS.iter().all(|name| programs::is_executable(&bin.join(name))))
}

fn initialise(programs: &Path, data: &Path, home: &Home) -> Result<()> {
    if data.exists() {
        return Ok(());
    }
    // Moved into place when complete: an interrupted initialisation leaves a folder that Postgres cannot use.
    let new = data.with_extension("new");
    if new.exists() {
        fs::remove_dir_all(&new).with_context(|| format!("cannot remove {}", new.display()))?;
    }
    // macOS has no C.UTF-8, and Linux may have no other.
    let locale = if cfg!(target_os = "macos") { "en_US.UTF-8" } else { "C.UTF-8" };
    let mut command = Command::new(programs.join("initdb"));
    command.args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--username=genkan"]);
    command.arg(format!("--locale={locale}")).arg("-D").arg(&new);
    command.current_dir("/").stdout(Stdio::null());
    home.run_as_account(&mut command);
    process::run("initdb", &mut command)?;
    fs::rename(&new, data).with_context(|| format!("cannot create {}", data.display()))
}
