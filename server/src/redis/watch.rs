//! Keeps a client connected to the right server: reconnects when it gives up, and detects failures that raise no error:
//! a connection that stopped responding, a master that was demoted.

use std::{sync::Arc, time::Duration};

use fred::{
    clients::Client,
    error::{Error, ErrorKind},
    interfaces::ClientLike,
    types::{
        ConnectHandle, CustomCommand,
        config::{Config, Server, ServerConfig},
    },
};
use tokio::{task::JoinSet, time::sleep};

use super::connect::{FIRST_PAUSE, LONGEST_PAUSE, connection, performance, reconnect_policy};
use crate::jitter::jittered;

/// Time between two pings of each client.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Number of unanswered pings after which a client's connections are replaced, even if TCP considers them alive.
const SILENT_BEATS: u32 = 2;

/// Keeps the client connected until it is told to quit.
pub(super) async fn keep(client: Client, sentinels: Option<Arc<Sentinels>>) {
    loop {
        tokio::select! {
            () = keep_connected(&client) => return,
            () = watch(&client, sentinels.as_deref()) => {}
        }
    }
}

/// Pings the server; in a cluster, each node.
pub(super) async fn ping(client: &Client) -> Result<(), Error> {
    if !client.is_clustered() {
        return client.ping(None).await;
    }
    for node in client.active_connections() {
        client.with_cluster_node(node).ping::<()>(None).await?;
    }
    Ok(())
}

/// Connects, and starts again if the client gives up.
async fn keep_connected(client: &Client) {
    let mut pause = FIRST_PAUSE;
    loop {
        // The task ends when a first attempt fails; from then on the client reconnects by its policy.
        match Connecting(client.connect()).ended().await {
            Ok(Ok(())) => return, // it was told to quit
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "redis.connect_failed");
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "redis.client_stopped");
            }
        }
        sleep(jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The task that drives a client's connections. Dropping it closes them.
struct Connecting(ConnectHandle);

impl Connecting {
    async fn ended(&mut self) -> <ConnectHandle as Future>::Output {
        (&mut self.0).await
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Detects a connection that takes commands and responds to none, as after a failover without a FIN. TCP would keep it
/// for a quarter of an hour, and the client's own check for unresponsive connections starts over with every command, so
/// under traffic it never fires.
///
/// Returns when all connections have to be replaced: a client of a cluster that is told to reconnect would keep the
/// silent one, since the cluster still lists its node.
async fn watch(client: &Client, sentinels: Option<&Sentinels>) {
    let mut silent_beats = 0;
    loop {
        sleep(jittered(HEARTBEAT)).await;
        if !client.is_connected() {
            silent_beats = 0;
            continue;
        }
        match ping(client).await {
            Err(error) if *error.kind() == ErrorKind::Timeout => silent_beats += 1,
            _ => silent_beats = 0,
        }
        if silent_beats >= SILENT_BEATS {
            tracing::warn!("redis.connection_silent");
            silent_beats = 0;
            if client.is_clustered() {
                return;
            }
            reconnect(client).await;
        }
        if let Some(sentinels) = sentinels
            && let Some(master) = sentinels.master().await
            && client.is_connected()
            && !client.active_connections().contains(&master)
        {
            tracing::warn!("redis.master_moved");
            reconnect(client).await;
        }
    }
}

async fn reconnect(client: &Client) {
    if let Err(error) = client.force_reconnection().await {
        tracing::debug!(error = &error as &dyn std::error::Error, "redis.reconnect_failed");
    }
}

/// The sentinels of the URL, which know the master. They demote the old one ten seconds after a failover. What it
/// accepts until then, ends of sessions included, is lost.
pub(super) struct Sentinels {
    clients: Vec<Client>,
    service: String,
    /// The task that keeps the clients connected; ends with this.
    _keepers: JoinSet<()>,
}

impl Sentinels {
    /// Starts to connect to them, if there are any.
    pub(super) fn of(config: &Config) -> Option<Arc<Self>> {
        let ServerConfig::Sentinel { hosts, service_name, username, password } = &config.server
        else {
            return None;
        };
        let mut keepers = JoinSet::new();
        let mut clients = Vec::new();
        for host in hosts {
            let config = Config {
                server: ServerConfig::Centralized { server: host.clone() },
                username: username.clone(),
                password: password.clone(),
                database: None,
                ..config.clone()
            };
            let client = Client::new(
                config,
                Some(performance()),
                Some(connection()),
                Some(reconnect_policy()),
            );
            let kept = client.clone();
            keepers.spawn(async move { keep_connected(&kept).await });
            clients.push(client);
        }
        Some(Arc::new(Self { clients, service: service_name.clone(), _keepers: keepers }))
    }

    /// Returns the master, according to the first sentinel that responds.
    async fn master(&self) -> Option<Server> {
        for client in self.clients.iter().filter(|client| client.is_connected()) {
            let command = CustomCommand::new_static("SENTINEL", None, false);
            let question = vec!["GET-MASTER-ADDR-BY-NAME", self.service.as_str()];
            if let Ok((host, port)) = client.custom::<(String, u16), _>(command, question).await {
                return Some(Server::new(host, port));
            }
        }
        None
    }
}
