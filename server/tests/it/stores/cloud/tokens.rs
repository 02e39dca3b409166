//! Access tokens in the place of a password: they change while the site runs, and the store forgets old ones.

use std::{fs::File, path::Path, time::Duration};

use domain::session::{
    SessionId,
    ports::{CheckMode, Checked, LiveSessions},
};
use fred::{
    prelude::{Client, ClientLike},
    types::CustomCommand,
};
use server::redis::{Access, CheckedName, Redis, RedisLiveSessions};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{metadata_server::MetadataServer, tls::trusting};
use crate::{
    helpers::raw_redis,
    process::{Running, free_port, get, serving},
    stores::{
        certificates::TestAuthority,
        database::fresh_database,
        lifetimes,
        outages::{HEALED_WITHIN, heals, soon},
        redis_server::{RedisServer, start_cluster},
    },
};

/// Clients of an instance. Each has a connection to each node.
const CLIENTS: u64 = 2;
/// Seconds after which a token is no longer valid. Open connections are authenticated every second.
const BRIEF: u64 = 3;
/// Too many seconds for a test to see an open connection authenticated again.
const LONG: u64 = 3600;

/// One or more nodes that accept nothing but tokens.
struct Guarded {
    url: String,
    authority: TestAuthority,
    metadata: MetadataServer,
    /// Connected to each node before it had tokens, and on a port without TLS.
    admins: Vec<Client>,
    _nodes: Vec<RedisServer>,
}

impl Guarded {
    async fn single(lifetime: u64) -> Self {
        let authority = TestAuthority::new();
        let certificate = authority.sign_for_common_name();
        let server = RedisServer::start_with(Some(&certificate), &[]).await;
        Self::of(server.tls_url(), authority, vec![server], lifetime).await
    }

    async fn cluster(lifetime: u64) -> Self {
        let authority = TestAuthority::new();
        let nodes = start_cluster(Some(&authority.sign_for_common_name())).await;
        let url = nodes[0].tls_url().replacen("rediss", "rediss-cluster", 1);
        Self::of(url, authority, nodes.into(), lifetime).await
    }

    async fn of(
        url: String,
        authority: TestAuthority,
        nodes: Vec<RedisServer>,
        lifetime: u64,
    ) -> Self {
        let mut admins = Vec::new();
        for node in &nodes {
            admins.push(raw_redis(&node.url()).await);
        }
        let metadata = MetadataServer::start(lifetime).await;
        let guarded = Self { url, authority, metadata, admins, _nodes: nodes };
        guarded.command("ACL", &["SETUSER", "default", "resetpass"]).await;
        guarded
    }

    fn access(&self) -> Access {
        Access {
            tokens: Some(self.metadata.host().parse().unwrap()),
            ..trusting(&self.authority.pem, CheckedName::Any)
        }
    }

    async fn connect(&self) -> Redis {
        Redis::connect_with(&self.url, &self.access()).await.unwrap()
    }

    /// Makes the nodes accept a new token, besides earlier ones, and the metadata server issue it.
    async fn issue(&self) -> String {
        let token = format!("token-{}", Uuid::new_v4().simple());
        self.command("ACL", &["SETUSER", "default", &format!(">{token}")]).await;
        self.metadata.issue(&token);
        token
    }

    async fn forget(&self, token: &str) {
        self.command("ACL", &["SETUSER", "default", &format!("<{token}")]).await;
    }

    async fn cut_connections(&self) {
        self.command("CLIENT", &["KILL", "TYPE", "normal", "SKIPME", "yes"]).await;
    }

    /// Waits until each connection has been authenticated with the newest token.
    async fn authenticated_again(&self) {
        let before = self.authentications().await;
        // The first one may have been under way with the token before.
        let is_done = |counts: Vec<u64>| {
            counts.iter().zip(&before).all(|(count, before)| *count >= before + 2 * CLIENTS)
        };
        let again = async {
            while !is_done(self.authentications().await) {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(HEALED_WITHIN, again).await.expect("open connections are authenticated again");
    }

    /// For each node.
    async fn authentications(&self) -> Vec<u64> {
        self.numbers("commandstats", "cmdstat_auth:calls=").await
    }

    /// For each node, since it started.
    async fn connections(&self) -> Vec<u64> {
        self.numbers("stats", "total_connections_received:").await
    }

    async fn numbers(&self, section: &str, name: &str) -> Vec<u64> {
        let replies = self.command("INFO", &[section]).await;
        let number = |reply: &String| {
            let found = reply.split_once(name).map(|(_, rest)| rest);
            let digits = found?.split(|c: char| !c.is_ascii_digit()).next();
            digits?.parse().ok()
        };
        replies.iter().map(|reply| number(reply).unwrap_or(0)).collect()
    }

    async fn command(&self, name: &'static str, arguments: &[&str]) -> Vec<String> {
        let mut replies = Vec::new();
        for admin in &self.admins {
            let arguments = arguments.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
            let command = CustomCommand::new_static(name, None, false);
            replies.push(admin.custom(command, arguments).await.unwrap());
        }
        replies
    }
}

async fn goes_on_while_tokens_change(guarded: Guarded) {
    let mut token = guarded.issue().await;
    let redis = guarded.connect().await;
    redis.ping().await.unwrap();
    let live = RedisLiveSessions::new(redis, &lifetimes());
    let connections = guarded.connections().await;
    let never_fails = async {
        loop {
            let checked = live.check(SessionId::random(), CheckMode::Peek).await;
            assert_eq!(checked.unwrap(), Checked::Absent);
            sleep(Duration::from_millis(5)).await;
        }
    };
    let change = async {
        for _ in 0..2 {
            let next = guarded.issue().await;
            guarded.authenticated_again().await;
            guarded.forget(&token).await;
            token = next;
        }
        // Refused ones would be among these.
        guarded.authenticated_again().await;
    };
    tokio::select! {
        () = never_fails => {}
        () = change => {}
    }
    assert_eq!(guarded.connections().await, connections);
}

#[tokio::test]
async fn open_connections_outlive_the_tokens_that_they_began_with() {
    goes_on_while_tokens_change(Guarded::single(BRIEF).await).await;
}

#[tokio::test]
async fn open_connections_to_a_cluster_outlive_the_tokens_that_they_began_with() {
    goes_on_while_tokens_change(Guarded::cluster(BRIEF).await).await;
}

async fn comes_back_with_the_newest_token(guarded: Guarded) {
    let old = guarded.issue().await;
    let redis = guarded.connect().await;
    redis.ping().await.unwrap();
    let connections = guarded.connections().await;
    guarded.issue().await;
    guarded.forget(&old).await;
    guarded.cut_connections().await;
    heals(&redis).await;
    let connected_again = guarded.connections().await;
    assert!(connected_again.iter().zip(&connections).all(|(now, before)| now > before));
}

#[tokio::test]
async fn a_new_connection_begins_with_the_newest_token() {
    comes_back_with_the_newest_token(Guarded::single(LONG).await).await;
}

#[tokio::test]
async fn a_new_connection_to_a_cluster_begins_with_the_newest_token() {
    comes_back_with_the_newest_token(Guarded::cluster(LONG).await).await;
}

#[tokio::test]
async fn a_valid_token_is_used_while_the_metadata_server_is_down() {
    let guarded = Guarded::single(LONG).await;
    guarded.issue().await;
    let redis = guarded.connect().await;
    redis.ping().await.unwrap();
    guarded.metadata.break_down();
    guarded.cut_connections().await;
    heals(&redis).await;
}

#[tokio::test]
async fn without_a_valid_token_the_store_is_unavailable_until_there_is_one() {
    let guarded = Guarded::single(BRIEF).await;
    let redis = soon(guarded.connect()).await;
    assert!(soon(redis.ping()).await.is_err());
    guarded.issue().await;
    heals(&redis).await;

    guarded.metadata.break_down();
    // The store would still accept the token.
    sleep(Duration::from_secs(BRIEF)).await;
    guarded.cut_connections().await;
    assert!(soon(redis.ping()).await.is_err());
    guarded.issue().await;
    heals(&redis).await;
}

#[tokio::test]
async fn a_site_with_tokens_is_ready_and_logs_none() {
    let guarded = Guarded::single(BRIEF).await;
    let accepted = guarded.issue().await;
    let database = fresh_database().await;
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("log-{}", Uuid::new_v4()));
    let port = free_port();
    let process = serving(&database.url, port)
        .env("REDIS_URL", &guarded.url)
        .env("REDIS_CA", &guarded.authority.pem)
        .env("REDIS_TLS_NAME", "any")
        .env("REDIS_AUTH", "google-iam")
        .env("GCE_METADATA_HOST", guarded.metadata.host())
        .env("RUST_LOG", "trace")
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let process = Running(process);
    until_ready_is(port, "200").await;
    guarded.authenticated_again().await;
    // A refused token is an error that is logged.
    guarded.forget(&accepted).await;
    guarded.cut_connections().await;
    until_ready_is(port, "503").await;
    drop(process);

    let logged = std::fs::read_to_string(&log).unwrap();
    assert!(logged.contains("Authenticating client"), "{}", log.display());
    assert!(!logged.contains(&accepted), "{}", log.display());
    std::fs::remove_file(log).unwrap();
}

async fn until_ready_is(port: u16, status: &str) {
    let expected = format!("HTTP/1.1 {status}");
    let responded = async { while !get(port, "/health/ready").await.starts_with(&expected) {} };
    timeout(HEALED_WITHIN, responded).await.expect("it responds so");
}
