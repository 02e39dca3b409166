//! The one pool of clients that everything shares, and its behaviour while the store is unavailable.
//!
//! An instance starts without the store and responds 503 where it needs it; once the store is available, the clients
//! connect by themselves. No command is sent twice and none waits for long: an unavailable store is reported quickly.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::StoreError;
use fred::{
    clients::Client,
    error::{Error, ErrorKind},
    interfaces::ClientLike,
    types::config::{
        Config, ConnectionConfig, PerformanceConfig, ReconnectError, ReconnectPolicy, TcpConfig,
    },
};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use super::{
    access::Access,
    watch::{Kept, Sentinels, Watching, ping},
};

/// Each client pipelines over one connection to each node. The second keeps a slow response from delaying everything.
const CLIENTS: usize = 2;
const COMMAND_TIMEOUT: Duration = Duration::from_millis(400);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Number of commands that may wait in a client. Beyond that, an error is quicker than a response would be.
const QUEUE: usize = 4096;
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(50);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// Time that start-up waits for an available store, so that the first requests find it connected.
const START_TIMEOUT: Duration = Duration::from_secs(1);

/// The URL cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the Redis clients cannot be made")]
pub struct RedisError(#[source] Error);

/// The clients. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Redis {
    clients: Arc<[Kept; CLIENTS]>,
    /// The number of commands so far, by which they take turns
    turn: Arc<AtomicUsize>,
    /// Notified of each new connection
    connections: watch::Sender<()>,
}

impl Redis {
    /// Connects with the default access.
    ///
    /// # Errors
    /// As [`Redis::connect_with`].
    pub async fn connect(url: &str) -> Result<Self, RedisError> {
        Self::connect_with(url, &Access::default()).await
    }

    /// Starts to connect, waits a moment for it, and returns in any case.
    ///
    /// # Errors
    /// The URL cannot be used. An unavailable store is not an error.
    pub async fn connect_with(url: &str, access: &Access) -> Result<Self, RedisError> {
        let mut config = access.config(url).map_err(RedisError)?;
        // Makes the first attempt without a pause before it; `watch` makes the others.
        config.fail_fast = true;
        let watching =
            Watching { sentinels: Sentinels::of(&config), connections: watch::Sender::default() };
        let connections = watching.connections.clone();
        let start = |_| Kept::start(client(config.clone()), watching.clone());
        let clients = Arc::new(std::array::from_fn(start));
        let redis = Self { clients, turn: Arc::default(), connections };
        redis.wait_a_moment().await;
        Ok(redis)
    }

    /// Checks that the store is available; in a cluster, each known node.
    ///
    /// # Errors
    /// It is not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        const OPERATION: &str = "ping the session store";
        let client = self.client().map_err(|error| StoreError::new(OPERATION, error))?;
        ping(&client).await.map_err(|error| StoreError::new(OPERATION, error))
    }

    /// Notifies of every new connection: the store may have restarted, or another one may have taken its place, and may
    /// have lost data.
    pub fn tell_of_connections(&self, tell: impl Fn() + Send + 'static) {
        let mut connections = self.connections.subscribe();
        tokio::spawn(async move {
            while connections.changed().await.is_ok() {
                tell();
            }
        });
    }

    /// Closes the connections, once they are no longer used.
    pub async fn close(&self) {
        for client in self.clients.iter().map(Kept::client) {
            if let Err(error) = client.quit().await {
                tracing::debug!(error = %domain::causes(&error), "redis.close_failed");
            }
        }
    }

    /// Returns a connected client, without waiting for one.
    ///
    /// # Errors
    /// None is connected.
    pub fn client(&self) -> Result<Client, Error> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        (0..CLIENTS)
            .map(|next| self.clients[first.wrapping_add(next) % CLIENTS].client())
            .find(ClientLike::is_connected)
            .ok_or_else(|| Error::new(ErrorKind::IO, "not connected"))
    }

    async fn wait_a_moment(&self) {
        let deadline = Instant::now() + START_TIMEOUT;
        let is_connected = |kept: &Kept| kept.client().is_connected();
        while !self.clients.iter().all(is_connected) && Instant::now() < deadline {
            sleep(Duration::from_millis(2)).await;
        }
    }
}

/// A client of this store.
pub(super) fn client(config: Config) -> Client {
    Client::new(config, Some(performance()), Some(connection()), Some(reconnect_policy()))
}

fn performance() -> PerformanceConfig {
    PerformanceConfig { default_command_timeout: COMMAND_TIMEOUT, ..PerformanceConfig::default() }
}

fn connection() -> ConnectionConfig {
    ConnectionConfig {
        connection_timeout: CONNECT_TIMEOUT,
        internal_command_timeout: CONNECT_TIMEOUT,
        // An open that the client repeats out of order could be applied after its close.
        max_command_attempts: 1,
        // The client updates its slot map and reports the redirection; the caller may retry. It must not follow by
        // itself: when it follows ASK, it takes the next response on the connection for the one to its ASKING, though
        // that may belong to another command.
        max_redirections: 0,
        max_command_buffer_len: QUEUE,
        reconnect_on_auth_error: true,
        // A server that responds with one of these is not the master, or not yet: it has to be looked up again.
        reconnect_errors: vec![
            ReconnectError::ReadOnly,
            ReconnectError::Loading,
            ReconnectError::MasterDown,
        ],
        tcp: TcpConfig { nodelay: Some(true), ..TcpConfig::default() },
        ..ConnectionConfig::default()
    }
}

fn reconnect_policy() -> ReconnectPolicy {
    let milliseconds =
        |pause: Duration| u32::try_from(pause.as_millis()).expect("pauses are a few seconds");
    let mut policy = ReconnectPolicy::new_exponential(
        0, // for ever
        milliseconds(FIRST_PAUSE),
        milliseconds(LONGEST_PAUSE),
        2,
    );
    policy.set_jitter(milliseconds(FIRST_PAUSE * 4));
    policy
}
