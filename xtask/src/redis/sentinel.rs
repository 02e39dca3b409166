//! A master with a replica, and a sentinel that lets the one take the other's place.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::IN_MEMORY;
use super::server::Server;
use crate::ports;
use crate::resp;
use crate::store_home::StoreHome;

/// What the sentinel calls them.
const NAME: &str = "genkan";

/// Running servers, ended when dropped: the sentinel first, which would otherwise miss the others.
pub(crate) struct Sentinel {
    sentinel: Server,
    _replica: Server,
    _master: Server,
}

impl Sentinel {
    /// Starts them, with what the sentinel knows in `folder`.
    ///
    /// # Errors
    /// There is no Redis to be had, or they do not find together.
    pub(crate) fn start(home: &StoreHome, folder: &Path) -> Result<Self> {
        let port = ports::any_free()?;
        let mut master = Server::start(home, &folder.join("redis-master"), port, None, &IN_MEMORY)?;
        let master_port = port.to_string();
        let mut arguments = vec!["--replicaof", "127.0.0.1", &master_port];
        // The master would wait for more replicas to come.
        arguments.extend(["--repl-diskless-sync-delay", "0"]);
        arguments.extend(IN_MEMORY);
        let mut replica = Server::start(
            home,
            &folder.join("redis-replica"),
            ports::any_free()?,
            None,
            &arguments,
        )?;
        master.answers()?;
        replica.answers()?;
        let port = replica.port;
        replica.wait_until(|| is_in_step(port))?;

        let folder = folder.join("redis-sentinel");
        home.account.provide(&folder)?;
        // It writes down here what it finds out.
        let settings = folder.join("sentinel.conf");
        let text = format!(
            "sentinel monitor {NAME} 127.0.0.1 {master_port} 1\n\
             sentinel down-after-milliseconds {NAME} 2000\n\
             sentinel failover-timeout {NAME} 10000\n"
        );
        fs::write(&settings, text)
            .with_context(|| format!("cannot write {}", settings.display()))?;
        home.account.give(&settings)?;
        let mut sentinel =
            Server::start(home, &folder, ports::any_free()?, Some(&settings), &["--sentinel"])?;
        sentinel.answers()?;
        Ok(Self { sentinel, _replica: replica, _master: master })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis-sentinel://127.0.0.1:{}?sentinelServiceName={NAME}", self.sentinel.port)
    }
}

/// Whether the replica on this port has what its master has.
fn is_in_step(port: u16) -> bool {
    resp::ask(port, &["INFO", "replication"])
        .is_ok_and(|info| info.lines().any(|line| line.trim() == "master_link_status:up"))
}
