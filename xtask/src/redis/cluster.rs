//! A cluster of three, which share the slots; without replicas.

use std::path::Path;

use anyhow::Result;

use super::IN_MEMORY;
use super::server::Server;
use crate::ports;
use crate::resp;
use crate::store_home::StoreHome;

/// The first and the last slot of each node.
const SLOTS: [(u16, u16); 3] = [(0, 5460), (5461, 10_922), (10_923, 16_383)];

/// Running nodes, ended when dropped.
pub(crate) struct Cluster {
    nodes: Vec<Server>,
}

impl Cluster {
    /// Starts the nodes, with what they know in `folder`, and has them meet.
    ///
    /// # Errors
    /// There is no Redis to be had, or the nodes do not find together.
    pub(crate) fn start(home: &StoreHome, folder: &Path) -> Result<Self> {
        let mut nodes = Vec::new();
        let mut buses = Vec::new();
        for number in 0..SLOTS.len() {
            let bus = ports::any_free()?.to_string();
            let mut arguments = vec!["--cluster-enabled", "yes", "--cluster-port", &bus];
            // Soon enough for a test to see a node missed, late enough for a busy machine.
            arguments.extend(["--cluster-node-timeout", "5000"]);
            arguments.extend(IN_MEMORY);
            let folder = folder.join(format!("redis-cluster-{number}"));
            nodes.push(Server::start(home, &folder, ports::any_free()?, None, &arguments)?);
            buses.push(bus);
        }
        for (node, (first, last)) in nodes.iter_mut().zip(SLOTS) {
            node.answers()?;
            let (first, last) = (first.to_string(), last.to_string());
            resp::ask(node.port, &["CLUSTER", "ADDSLOTSRANGE", &first, &last])?;
        }
        for (node, bus) in nodes.iter().zip(&buses).skip(1) {
            let port = node.port.to_string();
            resp::ask(nodes[0].port, &["CLUSTER", "MEET", "127.0.0.1", &port, bus])?;
        }
        for node in &mut nodes {
            let port = node.port;
            node.wait_until(|| is_whole(port))?;
        }
        Ok(Self { nodes })
    }

    pub(crate) fn url(&self) -> String {
        let mut ports = self.nodes.iter().map(|node| node.port);
        let first = ports.next().unwrap_or_default();
        let others: Vec<String> = ports.map(|port| format!("node=127.0.0.1:{port}")).collect();
        format!("redis-cluster://127.0.0.1:{first}?{}", others.join("&"))
    }
}

/// Whether this node knows who has every slot.
fn is_whole(port: u16) -> bool {
    resp::ask(port, &["CLUSTER", "INFO"]).is_ok_and(|info| {
        let says = |line: &str| info.lines().any(|said| said.trim() == line);
        says("cluster_state:ok") && says("cluster_slots_ok:16384") && says("cluster_size:3")
    })
}
