//! A master with a replica, and three sentinels, of which two must agree that the master has failed.

use std::path::Path;

use anyhow::Result;
use nix::sys::signal::Signal;

use super::super::link::Way;
use super::node::{Client, Node};
use super::{SessionStore, Store, programs::Programs};
use crate::os::ports::Block;
use crate::os::process::{self, Group};
use crate::stores::Home;

const NAME: &str = "genkan";
/// The sentinels speak of a server by its link's port, and so does a server itself.
const SETTINGS: &str = "\
sentinel down-after-milliseconds genkan 1500
sentinel failover-timeout genkan 5000
sentinel parallel-syncs genkan 1
";

/// How often sentinels ask the servers and speak to each other, in milliseconds. They make a replica of an old master that
/// has come back, but not before they know of it and have told each other four times: by default after some ten seconds.
const PERIODS: [&str; 6] = ["SENTINEL", "DEBUG", "INFO-PERIOD", "1000", "PUBLISH-PERIOD", "500"];

/// A running sentinel.
pub(super) struct Sentinel {
    process: Group,
    client: Client,
}

impl Sentinel {
    pub(super) fn process(&self) -> u32 {
        self.process.process()
    }

    /// Waits until clients that ask for the master are sent to this one.
    pub(super) fn wait_for_master(&self, master: &Node) -> Result<()> {
        let port = master.link.port.to_string();
        self.client.wait_for(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME], &[&port])
    }
}

pub(super) fn start(
    programs: &Programs,
    home: &Home,
    folder: &Path,
    ports: &mut Block,
    way: Way,
) -> Result<SessionStore> {
    let mut node = |name| -> Result<Node> {
        let link = way.link(ports)?;
        let announced = link.port.to_string();
        let announce =
            ["--replica-announce-ip", "127.0.0.1", "--replica-announce-port", &announced];
        Node::start(programs, home, folder.join(name), link, &announce)
    };
    let nodes = vec![node("redis-a")?, node("redis-b")?];
    let master = nodes[0].link.port.to_string();
    nodes[1].ask(&["REPLICAOF", "127.0.0.1", &master])?;
    // From now on the sentinels change it.
    nodes[1].ask(&["CONFIG", "REWRITE"])?;
    nodes[1].wait_for(&["INFO", "replication"], &["master_link_status:up"])?;

    let mut sentinels = Vec::new();
    for name in ["sentinel-a", "sentinel-b", "sentinel-c"] {
        let port = ports.take()?;
        let folder = folder.join(name);
        home.provide(&folder)?;
        let monitor = format!("port {port}\nsentinel monitor {NAME} 127.0.0.1 {master} 2\n");
        home.write(&folder.join("sentinel.conf"), &(monitor + SETTINGS))?;
        let mut command = process::leashed(&programs.server, Signal::SIGTERM);
        command.args(["sentinel.conf", "--sentinel", "--bind", "127.0.0.1"]).current_dir(&folder);
        home.run_as_account(&mut command);
        let client = Client::new(programs, port);
        let log = folder.join("log");
        let ready = || client.ask(&["PING"]).is_ok();
        let process = Group::serve(name, &mut command, Signal::SIGTERM, &log, ready)?;
        client.ask(&PERIODS)?;
        sentinels.push(Sentinel { process, client });
    }
    for sentinel in &sentinels {
        // They find the replica, and each other, by asking the master.
        sentinel.client.wait_for(
            &["INFO"],
            &[&format!(
                "master0:name={NAME},status=ok,address=127.0.0.1:{master},slaves=1,sentinels=3"
            )],
        )?;
    }
    let [first, others @ ..] = &sentinels[..] else { unreachable!("there are three") };
    let others: Vec<_> =
        others.iter().map(|it| format!("node=127.0.0.1:{}&", it.client.port())).collect();
    let url = format!(
        "redis-sentinel://127.0.0.1:{}?{}sentinelServiceName={NAME}",
        first.client.port(),
        others.concat()
    );
    Ok(SessionStore { kind: Store::Sentinel, url: Some(url), nodes, sentinels })
}
