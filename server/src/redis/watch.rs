//! Keeps a client connected to the right server: replaces it when it gives up, and detects failures that raise no error:
//! a connection that stopped responding, a master that was demoted.

use std::{sync::Arc, time::Duration};

use fred::{
    clients::Client,
    error::{Error, ErrorKind},
    interfaces::{ClientLike, EventInterface},
    types::{
        ConnectHandle, CustomCommand,
        config::{Config, Server, ServerConfig},
    },
};
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        watch,
    },
    time::sleep,
};

use super::connect::{FIRST_PAUSE, LONGEST_PAUSE, client};
use crate::jitter::jittered;

/// Time between two pings of each client.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Number of unanswered pings after which a client's connections are replaced, even if TCP considers them alive.
const SILENT_BEATS: u32 = 2;

/// A client that is kept connected until it is told to quit, or the last clone of this is dropped.
#[derive(Debug, Clone)]
pub(super) struct Kept(watch::Receiver<Client>);

impl Kept {
    /// Starts to connect the client.
    pub(super) fn start(client: Client, watching: Watching) -> Self {
        let (newest, kept) = watch::channel(client);
        tokio::spawn(keep(newest, watching));
        Self(kept)
    }

    /// Returns the newest client.
    pub(super) fn client(&self) -> Client {
        self.0.borrow().clone()
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

/// Connects, and replaces the client when it gives up or is silent. It is never connected a second time: a client
/// counts the commands that wait in its queue, and those that were dropped with its first connections as well. As long
/// as it believes that there are more, it holds back what it has to send.
async fn keep(newest: watch::Sender<Client>, watching: Watching) {
    let mut pause = FIRST_PAUSE;
    loop {
        let client = newest.borrow().clone();
        tokio::spawn(tell(client.reconnect_rx(), watching.connections.clone()));
        let mut connected = client.connect();
        tokio::select! {
            // The task ends when a first attempt fails; from then on the client reconnects by its policy.
            ended = &mut connected => {
                match ended {
                    Ok(Ok(())) => return, // it was told to quit
                    Ok(Err(error)) => {
                        tracing::warn!(error = %domain::causes(&error), "redis.connect_failed");
                    }
                    Err(error) => {
                        tracing::warn!(error = %domain::causes(&error), "redis.client_stopped");
                    }
                }
                sleep(jittered(pause)).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                newest.send_replace(client.clone_new());
            }
            () = watching.until_silent(&client) => {
                pause = FIRST_PAUSE;
                newest.send_replace(client.clone_new());
                abandon(client, connected).await;
            }
            () = newest.closed() => return abandon(client, connected).await,
        }
    }
}

/// Notifies of each connection that a client makes.
async fn tell(mut made: Receiver<Server>, connections: watch::Sender<()>) {
    while !matches!(made.recv().await, Err(RecvError::Closed)) {
        connections.send_replace(());
    }
}

/// Closes the connections of a client at once, and ends its other tasks.
async fn abandon(client: Client, connected: ConnectHandle) {
    connected.abort();
    let _: <ConnectHandle as Future>::Output = connected.await;
    // Nobody is left to send it. Told to quit, the client no longer authenticates again at intervals.
    if let Err(error) = client.quit().await {
        tracing::debug!(error = %domain::causes(&error), "redis.client_abandoned");
    }
}

/// What a client is watched for.
#[derive(Debug, Clone, Default)]
pub(super) struct Watching {
    /// The sentinels of the URL
    pub(super) sentinels: Option<Arc<Sentinels>>,
    /// Notified of each new connection
    pub(super) connections: watch::Sender<()>,
}

impl Watching {
    /// Detects a connection that takes commands and responds to none, as after a failover without a FIN. TCP would keep
    /// it for a quarter of an hour, and the client's own check for unresponsive connections starts over with every
    /// command, so under traffic it never fires.
    ///
    /// Returns when the client has to be replaced: that of a cluster would keep a silent connection if it was told to
    /// reconnect, since the cluster still lists the node.
    async fn until_silent(&self, client: &Client) {
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
            if let Some(sentinels) = &self.sentinels
                && let Some(master) = sentinels.master().await
                && client.is_connected()
                && !client.active_connections().contains(&master)
            {
                tracing::warn!("redis.master_moved");
                reconnect(client).await;
            }
        }
    }
}

async fn reconnect(client: &Client) {
    if let Err(error) = client.force_reconnection().await {
        tracing::debug!(error = %domain::causes(&error), "redis.reconnect_failed");
    }
}

/// The sentinels of the URL, which know the master. They demote the old one ten seconds after a failover. What it
/// accepts until then, ends of sessions included, is lost.
#[derive(Debug)]
pub(super) struct Sentinels {
    clients: Vec<Kept>,
    service: String,
}

impl Sentinels {
    /// Starts to connect to them, if there are any.
    pub(super) fn of(config: &Config) -> Option<Arc<Self>> {
        let ServerConfig::Sentinel { hosts, service_name, username, password } = &config.server
        else {
            return None;
        };
        let clients = hosts.iter().map(|host| {
            let config = Config {
                server: ServerConfig::Centralized { server: host.clone() },
                username: username.clone(),
                password: password.clone(),
                database: None,
                ..config.clone()
            };
            Kept::start(client(config), Watching::default())
        });
        Some(Arc::new(Self { clients: clients.collect(), service: service_name.clone() }))
    }

    /// Returns the master, according to the first sentinel that responds.
    async fn master(&self) -> Option<Server> {
        for client in self.clients.iter().map(Kept::client).filter(ClientLike::is_connected) {
            let command = CustomCommand::new_static("SENTINEL", None, false);
            let question = vec!["GET-MASTER-ADDR-BY-NAME", self.service.as_str()];
            if let Ok((host, port)) = client.custom::<(String, u16), _>(command, question).await {
                return Some(Server::new(host, port));
            }
        }
        None
    }
}
