//! The live-session store in a cluster of three nodes.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::session::{
    Lifetimes, SessionId,
    ports::{CheckMode, Opened},
};
use fred::{
    prelude::{Client, ClientLike, KeysInterface},
    types::CustomCommand,
};
use server::redis::{Redis, RedisLiveSessions};
use tokio::{
    sync::RwLock,
    task::{JoinSet, yield_now},
    time::{sleep, timeout},
};
use url::Url;

use super::{
    super::{
        lifetimes,
        outages::{Door, HEALED_WITHIN, soon},
        redis_server::cluster_url,
    },
    conformance::keeps_every_rule,
    probe::{Probe, Store},
    redis::{InCalm, Raw, key},
};

struct InCluster;

keeps_every_rule!(InCluster);

/// Locked exclusively by tests that change the cluster.
pub(crate) static CALM: RwLock<()> = RwLock::const_new(());

#[async_trait]
impl Store for InCluster {
    async fn probe_with(&self, lifetimes: Lifetimes) -> Probe {
        let calm = CALM.read().await;
        let redis = Redis::connect(&cluster_url().await).await.unwrap();
        let behind = InCalm::new(Raw::connect(&cluster_url().await).await, calm);
        Probe::new(RedisLiveSessions::new(redis, &lifetimes), behind)
    }
}

/// Direct connections to the nodes, in the order of their slots.
struct Nodes(Vec<Node>);

struct Node {
    raw: Client,
    port: u16,
    id: String,
}

impl Nodes {
    async fn connect() -> Self {
        let url = Url::parse(&cluster_url().await).unwrap();
        let others = url
            .query_pairs()
            .map(|(_, node)| node.rsplit_once(':').unwrap().1.parse().unwrap())
            .collect::<Vec<u16>>();
        let mut nodes = Vec::new();
        for port in std::iter::once(url.port().unwrap()).chain(others) {
            let raw = Raw::connect(&format!("redis://127.0.0.1:{port}")).await.0;
            let id = cluster(&raw, &["MYID"]).await;
            nodes.push(Node { raw, port, id });
        }
        Self(nodes)
    }

    /// An unused session whose slot belongs to this node.
    async fn session_at(&self, node: usize) -> (SessionId, String) {
        loop {
            let id = SessionId::random();
            let slot = cluster(&self.0[0].raw, &["KEYSLOT", &key(id)]).await;
            // The slots were assigned in three equal parts.
            if slot.parse::<usize>().unwrap() * 3 / 16_384 == node
                && cluster(&self.0[node].raw, &["COUNTKEYSINSLOT", &slot]).await == "0"
            {
                return (id, slot);
            }
        }
    }

    async fn forget(&self, id: SessionId, node: usize) {
        let _: () = self.0[node].raw.del(key(id)).await.unwrap();
    }

    async fn give(&self, slot: &str, to: usize) {
        // The new owner first.
        let mut nodes: Vec<&Node> = self.0.iter().collect();
        nodes.swap(0, to);
        for node in nodes {
            cluster(&node.raw, &["SETSLOT", slot, "NODE", &self.0[to].id]).await;
        }
    }

    /// Makes this node announce another port; 0 for its own.
    async fn announce(&self, node: usize, port: u16) {
        let setting = ["SET", "cluster-announce-port", &port.to_string()].map(str::to_owned);
        let command = CustomCommand::new_static("CONFIG", None, false);
        let _: () = self.0[node].raw.custom(command, setting.to_vec()).await.unwrap();
        let port = if port == 0 { self.0[node].port } else { port };
        for other in &self.0 {
            while !cluster(&other.raw, &["NODES"]).await.contains(&format!("127.0.0.1:{port}@")) {
                sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

async fn cluster(raw: &Client, arguments: &[&str]) -> String {
    let command = CustomCommand::new_static("CLUSTER", None, false);
    raw.custom(command, arguments.iter().map(|word| (*word).to_owned()).collect()).await.unwrap()
}

#[tokio::test]
async fn a_session_whose_slot_has_moved_is_found_on_its_new_node() {
    let nodes = Nodes::connect().await;
    for (from, to) in [(0, 1), (2, 0)] {
        let (id, slot) = nodes.session_at(from).await;
        // A probe with the old view of the cluster.
        let probe = InCluster.probe().await.at(id);
        nodes.give(&slot, to).await;
        assert_eq!(probe.open(&probe.session()).await, Opened::Live);
        probe.seen(1).await;
        nodes.forget(id, to).await;
        nodes.give(&slot, from).await;
    }
}

#[tokio::test]
async fn while_a_slot_migrates_only_its_sessions_wait() {
    let nodes = Nodes::connect().await;
    let probe = InCluster.probe().await;
    let given = probe.session();
    let (other, _) = nodes.session_at(0).await;
    let (id, slot) = nodes.session_at(0).await;
    cluster(&nodes.0[1].raw, &["SETSLOT", &slot, "IMPORTING", &nodes.0[0].id]).await;
    cluster(&nodes.0[0].raw, &["SETSLOT", &slot, "MIGRATING", &nodes.0[1].id]).await;
    for _ in 0..5 {
        assert!(probe.live.open(id, &given).await.is_err());
        assert_eq!(probe.live.open(other, &given).await.unwrap(), Opened::Live);
    }
    nodes.give(&slot, 1).await;
    assert_eq!(probe.live.open(id, &given).await.unwrap(), Opened::Live);
    nodes.forget(id, 1).await;
    nodes.give(&slot, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_is_found_again_after_silence_or_an_outage() {
    let _alone = CALM.write().await;
    let nodes = Nodes::connect().await;
    let mut door = Door::shut_before("127.0.0.1", nodes.0[1].port).await;
    door.open().await;
    nodes.announce(1, door.address.port()).await;
    let ((id, _), (elsewhere, _)) = (nodes.session_at(1).await, nodes.session_at(0).await);
    let found_again = tokio::spawn(goes_silent_and_away(door, id, elsewhere)).await;
    // Restores the cluster for other tests, even after a failure.
    nodes.announce(1, 0).await;
    found_again.unwrap();
}

/// `door` is in front of the node that has the session `id`; the other one is on another node.
async fn goes_silent_and_away(mut door: Door, id: SessionId, elsewhere: SessionId) {
    let redis = Redis::connect(&cluster_url().await).await.unwrap();
    let live = RedisLiveSessions::new(redis.clone(), &lifetimes());
    let probe = Probe::new(live, Raw::connect(&cluster_url().await).await).at(id);
    probe.open(&probe.session()).await;

    // Other nodes' requests go on, and wait in the clients' queues when their connections are replaced.
    let mut requests = JoinSet::new();
    for _ in 0..16 {
        let live = Arc::clone(&probe.live);
        requests.spawn(async move {
            loop {
                let _ = live.check(elsewhere, CheckMode::Peek).await;
                yield_now().await;
            }
        });
    }
    door.silence();
    fails_quickly(&probe).await;
    assert!(redis.ping().await.is_err());
    heals(&probe).await;
    responds_each_time(&redis).await;
    requests.shutdown().await;
    responds_each_time(&redis).await;

    door.close().await;
    fails_quickly(&probe).await;
    assert!(redis.ping().await.is_err());
    door.open().await;
    heals(&probe).await;
    responds_each_time(&redis).await;
}

/// Waits until each client has each node respond whenever it is asked, one command at a time.
async fn responds_each_time(redis: &Redis) {
    let healed = async {
        let mut in_a_row = 0;
        while in_a_row < 20 {
            in_a_row = if redis.ping().await.is_ok() { in_a_row + 1 } else { 0 };
            yield_now().await;
        }
    };
    timeout(HEALED_WITHIN, healed).await.expect("every client finds the node again");
}

async fn fails_quickly(probe: &Probe) {
    assert!(soon(probe.live.check(probe.id, CheckMode::Peek)).await.is_err());
}

async fn heals(probe: &Probe) {
    let healed = async {
        while probe.live.check(probe.id, CheckMode::Peek).await.is_err() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(HEALED_WITHIN, healed).await.expect("the clients find the node by themselves");
}
