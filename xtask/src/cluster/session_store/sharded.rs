//! A cluster of three masters, each with a replica.

use std::path::Path;

use anyhow::Result;

use super::super::link::Way;
use super::node::Node;
use super::{SessionStore, Store, programs::Programs};
use crate::os::ports::Block;
use crate::stores::Home;

const NAMES: [&str; 6] = ["valkey-a", "valkey-b", "valkey-c", "valkey-d", "valkey-e", "valkey-f"];
/// The slots of each master.
const SLOTS: [[&str; 2]; 3] = [["0", "5460"], ["5461", "10922"], ["10923", "16383"]];
/// The time after which a server that does not respond is replaced, in milliseconds.
const TIMEOUT: &str = "1500";

pub(super) fn start(
    programs: &Programs,
    home: &Home,
    folder: &Path,
    ports: &mut Block,
    way: Way,
) -> Result<SessionStore> {
    let mut nodes = Vec::new();
    let mut buses = Vec::new();
    for name in NAMES {
        let link = way.link(ports)?;
        let (announced, bus) = (link.port.to_string(), ports.take()?.to_string());
        let arguments = [
            ["--cluster-enabled", "yes"],
            ["--cluster-node-timeout", TIMEOUT],
            ["--cluster-port", &bus],
            // Clients connect to the link, and the servers to each other's bus.
            ["--cluster-announce-ip", "127.0.0.1"],
            ["--cluster-announce-port", &announced],
            ["--cluster-announce-bus-port", &bus],
        ];
        nodes.push(Node::start(programs, home, folder.join(name), link, arguments.as_flattened())?);
        buses.push(bus);
    }
    let (masters, replicas) = nodes.split_at(SLOTS.len());
    for (master, [first, last]) in masters.iter().zip(SLOTS) {
        master.ask(&["CLUSTER", "ADDSLOTSRANGE", first, last])?;
    }
    for (node, bus) in nodes.iter().zip(&buses).skip(1) {
        nodes[0].ask(&["CLUSTER", "MEET", "127.0.0.1", &node.link.target.to_string(), bus])?;
    }
    let everybody = ["cluster_state:ok", "cluster_size:3", "cluster_known_nodes:6"];
    for node in &nodes {
        node.wait_for(&["CLUSTER", "INFO"], &everybody)?;
    }
    for (master, replica) in masters.iter().zip(replicas) {
        replica.ask(&["CLUSTER", "REPLICATE", &master.ask(&["CLUSTER", "MYID"])?])?;
    }
    for replica in replicas {
        replica.wait_for(&["INFO", "replication"], &["master_link_status:up"])?;
    }
    let [first, others @ ..] = &nodes[..] else { unreachable!("there are six") };
    let others = others.iter().map(|node| format!("node=127.0.0.1:{}", node.link.port));
    let others: Vec<_> = others.collect();
    let url = format!("redis-cluster://127.0.0.1:{}?{}", first.link.port, others.join("&"));
    Ok(SessionStore { kind: Store::ValkeyCluster, url: Some(url), nodes, sentinels: Vec::new() })
}
