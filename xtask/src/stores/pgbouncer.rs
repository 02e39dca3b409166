//! A private PgBouncer in front of a private Postgres.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use super::Home;
use crate::os::process::{self, Group};
use crate::os::{ports, programs};

/// The first version that follows prepared statements from one server connection to another.
const FOLLOWS_STATEMENTS: (u32, u32) = (1, 21);

/// How long a client keeps a connection to Postgres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PoolMode {
    /// As long as its own
    Session,
    /// For one transaction
    Transaction,
}

/// An installed PgBouncer.
pub(crate) struct PgBouncer {
    program: PathBuf,
    /// Major and minor
    pub(crate) version: (u32, u32),
}

impl PgBouncer {
    /// Finds or installs it; `None` where neither is possible.
    pub(crate) fn ensure() -> Result<Option<Self>> {
        if find().is_none() && !programs::can_install() {
            return Ok(None);
        }
        programs::ensure("pgbouncer", find).map(Some)
    }

    /// Returns whether transactions of a client may go to different connections and find its prepared statements there.
    pub(crate) fn follows_statements(&self) -> bool {
        self.version >= FOLLOWS_STATEMENTS
    }

    /// Starts it on `port`, in front of every database of the Postgres at `postgres_port`.
    pub(crate) fn start(
        &self,
        home: &Home,
        folder: &Path,
        [port, postgres_port]: [u16; 2],
        mode: PoolMode,
    ) -> Result<Group> {
        let folder = folder.join("pgbouncer");
        home.provide(&folder)?;
        let mut settings = format!(
            "[databases]\n\
             * = host=127.0.0.1 port={postgres_port} user=genkan\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = any\n\
             max_client_conn = 1000\n"
        );
        settings += match mode {
            PoolMode::Session => "pool_mode = session\n",
            PoolMode::Transaction => "pool_mode = transaction\nmax_prepared_statements = 200\n",
        };
        let file = folder.join("pgbouncer.ini");
        fs::write(&file, settings).with_context(|| format!("cannot write {}", file.display()))?;

        let mut command = process::leashed(&self.program, Signal::SIGINT);
        command.arg(&file).current_dir(&folder);
        // It refuses to run as root.
        home.run_as_account(&mut command);
        Group::serve("PgBouncer", &mut command, Signal::SIGINT, &folder.join("log"), || {
            ports::accepts(port)
        })
    }
}

fn find() -> Option<PgBouncer> {
    let program = programs::on_path("pgbouncer")?;
    // `PgBouncer 1.18.0`, and further lines.
    let output = process::output_of(Command::new(&program).arg("--version"))?;
    let mut numbers = output.lines().next()?.split_whitespace().last()?.split('.');
    let version = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    Some(PgBouncer { program, version })
}
