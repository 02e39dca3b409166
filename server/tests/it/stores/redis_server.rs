//! Redis servers started by the tests: a single one, a cluster of three, and a master and replica with a sentinel. With a
//! certificate they also accept TLS, on a port of its own, and use nothing else among themselves.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fred::{
    prelude::{Client, ClientLike},
    types::CustomCommand,
};
use tokio::{sync::OnceCell, time::sleep};

use super::certificates::Certificate;
use crate::helpers::raw_redis;

/// Runs the server until its standard input closes, at the latest when the tests' process ends. The empty configuration
/// file is for the sentinel, which requires a writable one.
const LEASH: &str = r#"
: > redis.conf
"$0" redis.conf "$@" > log &
read -r _
kill -KILL $!
wait
rm -rf "$PWD"
"#;
const STARTS_WITHIN: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// A running server on loopback that keeps its data in memory and stops on drop.
pub(crate) struct RedisServer {
    port: u16,
    tls_port: Option<u16>,
    /// Holds the other end of the leash.
    _process: Child,
}

impl RedisServer {
    /// Starts `REDIS_SERVER`, or `redis-server`, with additional arguments.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        Self::start_with(None, arguments).await
    }

    /// Starts one that has this certificate.
    pub(crate) async fn start_with(certificate: Option<&Certificate>, arguments: &[&str]) -> Self {
        let program = std::env::var("REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned());
        let port = free_port();
        let folder = empty_folder(port);
        let mut command = Command::new("sh");
        command.args(["-c", LEASH, &program, "--bind", "127.0.0.1", "--port", &port.to_string()]);
        command.args(["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]);
        let tls_port = certificate.map(|certificate| {
            let files = certificate.write_to(&folder);
            let port = free_port();
            command.args(["--tls-port", &port.to_string(), "--tls-cert-file", &files.chain]);
            command.args(["--tls-key-file", &files.key, "--tls-ca-cert-file", &files.authority]);
            command.args(["--tls-auth-clients", "no"]);
            command.args(["--tls-replication", "yes", "--tls-cluster", "yes"]);
            port
        });
        let process =
            command.args(arguments).current_dir(folder).stdin(Stdio::piped()).spawn().unwrap();
        let deadline = Instant::now() + STARTS_WITHIN;
        for port in [Some(port), tls_port].into_iter().flatten() {
            while TcpStream::connect(("127.0.0.1", port)).is_err() {
                assert!(Instant::now() < deadline, "{program} does not start");
                sleep(POLL).await;
            }
        }
        Self { port, tls_port, _process: process }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The URL with TLS.
    pub(crate) fn tls_url(&self) -> String {
        format!("rediss://127.0.0.1:{}", self.tls_port.expect("it has a certificate"))
    }

    /// The port for other servers.
    fn inner_port(&self) -> u16 {
        self.tls_port.unwrap_or(self.port)
    }
}

/// The URL of a cluster of three masters, started on first use.
pub(crate) async fn cluster_url() -> String {
    static CLUSTER: OnceCell<[RedisServer; 3]> = OnceCell::const_new();

    let [first, others @ ..] = CLUSTER.get_or_init(async || start_cluster(None).await).await;
    let others = others.each_ref().map(|node| format!("node=127.0.0.1:{}", node.port));
    format!("redis-cluster://127.0.0.1:{}?{}", first.port, others.join("&"))
}

/// Starts a cluster of three masters.
pub(crate) async fn start_cluster(certificate: Option<&Certificate>) -> [RedisServer; 3] {
    let buses = [free_port(), free_port(), free_port()].map(|port| port.to_string());
    let [a, b, c] = buses.each_ref().map(|bus| {
        // Short enough for a test to notice a missing node, long enough for a busy machine.
        ["--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", "5000"]
    });
    let nodes = [
        RedisServer::start_with(certificate, &a).await,
        RedisServer::start_with(certificate, &b).await,
        RedisServer::start_with(certificate, &c).await,
    ];
    let slots = [("0", "5460"), ("5461", "10922"), ("10923", "16383")];
    let mut clients = Vec::new();
    for (node, (first, last)) in nodes.iter().zip(slots) {
        let client = raw_redis(&node.url()).await;
        command(&client, "CLUSTER", &["ADDSLOTSRANGE", first, last]).await;
        clients.push(client);
    }
    for (node, bus) in nodes.iter().zip(&buses).skip(1) {
        command(
            &clients[0],
            "CLUSTER",
            &["MEET", "127.0.0.1", &node.inner_port().to_string(), bus],
        )
        .await;
    }
    for client in &clients {
        wait_for(client, "CLUSTER", &["INFO"], &["cluster_state:ok", "cluster_size:3"]).await;
    }
    nodes
}

/// The URL of a master with a replica and a sentinel, started on first use.
pub(crate) async fn sentinel_url() -> String {
    static SERVERS: OnceCell<[RedisServer; 3]> = OnceCell::const_new();

    let [_, _, sentinel] = SERVERS.get_or_init(async || start_sentinel(None).await).await;
    format!("redis-sentinel://127.0.0.1:{}?sentinelServiceName=genkan", sentinel.port)
}

/// Starts a master, its replica and their sentinel.
pub(crate) async fn start_sentinel(certificate: Option<&Certificate>) -> [RedisServer; 3] {
    // Without the delay in which the master waits for more replicas.
    let master = RedisServer::start_with(certificate, &["--repl-diskless-sync-delay", "0"]).await;
    let port = master.inner_port().to_string();
    let replica = RedisServer::start_with(certificate, &["--replicaof", "127.0.0.1", &port]).await;
    wait_for(
        &raw_redis(&replica.url()).await,
        "INFO",
        &["replication"],
        &["master_link_status:up"],
    )
    .await;

    let sentinel = RedisServer::start_with(certificate, &["--sentinel"]).await;
    let client = raw_redis(&sentinel.url()).await;
    command(&client, "SENTINEL", &["MONITOR", "genkan", "127.0.0.1", &port, "1"]).await;
    for setting in [["down-after-milliseconds", "2000"], ["failover-timeout", "10000"]] {
        command(&client, "SENTINEL", &["SET", "genkan", setting[0], setting[1]]).await;
    }
    [master, replica, sentinel]
}

async fn command(client: &Client, name: &'static str, arguments: &[&str]) -> String {
    let arguments = arguments.iter().map(|&word| word.to_owned()).collect();
    client.custom(CustomCommand::new_static(name, None, false), arguments).await.unwrap()
}

/// Repeats a command until its reply holds each of these lines.
async fn wait_for(client: &Client, name: &'static str, arguments: &[&str], lines: &[&str]) {
    let deadline = Instant::now() + STARTS_WITHIN;
    loop {
        let reply = command(client, name, arguments).await;
        if lines.iter().all(|line| reply.lines().any(|it| it.trim() == *line)) {
            return;
        }
        assert!(Instant::now() < deadline, "{lines:?} is not in\n{reply}");
        sleep(POLL).await;
    }
}

/// A folder for the server at this port, without files of an earlier one.
fn empty_folder(port: u16) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("redis-{port}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A port that was free a moment ago.
pub(super) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
