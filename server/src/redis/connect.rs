//! The one pool of clients that everything shares, and how it behaves when the store does not.
//!
//! An instance starts without the store and answers 503 where it needs it; once the store is there, or
//! there again, the clients find it by themselves. No command is sent twice and none waits for long: whoever
//! asks is told quickly that there is no answer.

use std::time::Duration;

use domain::ports::StoreError;
use fred::{
    clients::{Client, Pool, WithOptions},
    error::{Error, ErrorKind},
    interfaces::ClientLike,
    types::config::{
        Config, ConnectionConfig, Options, PerformanceConfig, ReconnectPolicy, TcpConfig,
    },
};
use tokio::time::{Instant, sleep};
use tower_sessions_redis_store::RedisStore;

use crate::jitter::jittered;

/// Each client pipelines over one connection a node; the second keeps a slow answer from holding up all.
const CLIENTS: usize = 2;
const COMMAND_TIMEOUT: Duration = Duration::from_millis(400);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often each client is asked for a sign of life …
const HEARTBEAT: Duration = Duration::from_secs(1);
/// … and after how many without one its connection is made anew, whatever TCP believes.
const SILENT_BEATS: u32 = 2;
/// Commands that wait in a client. Beyond that, an error is quicker than an answer would be.
const QUEUE: usize = 4096;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a start waits for a store that is there, so that the first requests find it connected.
const START_PATIENCE: Duration = Duration::from_secs(1);

/// Where visitor sessions are kept.
pub type VisitorStore = RedisStore<WithOptions<Pool>>;

/// The URL cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the Redis clients cannot be made")]
pub struct RedisError(#[source] Error);

/// The clients. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Redis {
    pool: Pool,
}

impl Redis {
    /// Starts to connect, waits a moment for it, and comes back in any case.
    ///
    /// # Errors
    /// The URL cannot be used. That the store is down is none.
    pub async fn connect(url: &str) -> Result<Self, RedisError> {
        let mut config = Config::from_url(url).map_err(RedisError)?;
        // The first attempt is then made without a pause before it; `keep_connected` sees to the rest.
        config.fail_fast = true;
        let performance = PerformanceConfig {
            default_command_timeout: COMMAND_TIMEOUT,
            ..PerformanceConfig::default()
        };
        let connection = ConnectionConfig {
            connection_timeout: CONNECT_TIMEOUT,
            internal_command_timeout: CONNECT_TIMEOUT,
            // An open that was repeated by the client, out of order, could land after its close.
            max_command_attempts: 1,
            max_command_buffer_len: QUEUE,
            reconnect_on_auth_error: true,
            tcp: TcpConfig { nodelay: Some(true), ..TcpConfig::default() },
            ..ConnectionConfig::default()
        };
        let milliseconds =
            |pause: Duration| u32::try_from(pause.as_millis()).expect("pauses are a few seconds");
        let mut policy = ReconnectPolicy::new_exponential(
            0, // for ever
            milliseconds(FIRST_PAUSE),
            milliseconds(LONGEST_PAUSE),
            2,
        );
        policy.set_jitter(milliseconds(FIRST_PAUSE * 4));
        let pool = Pool::new(config, Some(performance), Some(connection), Some(policy), CLIENTS)
            .map_err(RedisError)?;
        for client in pool.clients() {
            tokio::spawn(drive(client.clone()));
        }
        wait_a_moment(&pool).await;
        Ok(Self { pool })
    }

    /// Asks whether the store answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        const OPERATION: &str = "ping the session store";
        let client = self.client().map_err(|error| StoreError::new(OPERATION, error))?;
        client.ping::<()>(None).await.map_err(|error| StoreError::new(OPERATION, error))
    }

    /// The store of visitor sessions, over the same connections.
    #[must_use]
    pub fn visitor_store(&self) -> VisitorStore {
        let options = Options { fail_fast: true, ..Options::default() };
        RedisStore::new(self.pool.with_options(&options))
    }

    /// Lets go of the connections, once nothing asks any more.
    pub async fn close(&self) {
        if let Err(error) = self.pool.quit().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "redis.close_failed");
        }
    }

    /// A client that is connected now. Without one there is nothing to wait for.
    pub(super) fn client(&self) -> Result<&Client, Error> {
        let client = self.pool.next_connected();
        if client.is_connected() {
            Ok(client)
        } else {
            Err(Error::new(ErrorKind::IO, "not connected"))
        }
    }
}

/// Until the client is told to quit.
async fn drive(client: Client) {
    tokio::select! {
        () = keep_connected(&client) => {}
        () = watch(&client) => {}
    }
}

/// Connects, and begins anew should the client give up.
async fn keep_connected(client: &Client) {
    let mut pause = FIRST_PAUSE;
    loop {
        // The handle ends when a first attempt fails; from then on the client reconnects by its policy.
        match client.connect().await {
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

/// Notices a connection that takes commands and answers none, as after a failover that sent no farewell.
/// TCP would believe in it for a quarter of an hour, and the client's own check for unresponsive
/// connections starts over with every command, so under traffic it never strikes.
async fn watch(client: &Client) {
    let mut silent_beats = 0;
    loop {
        sleep(jittered(HEARTBEAT)).await;
        if !client.is_connected() {
            silent_beats = 0;
            continue;
        }
        match client.ping::<()>(None).await {
            Err(error) if *error.kind() == ErrorKind::Timeout => silent_beats += 1,
            _ => silent_beats = 0,
        }
        if silent_beats >= SILENT_BEATS {
            tracing::warn!("redis.connection_silent");
            silent_beats = 0;
            if let Err(error) = client.force_reconnection().await {
                tracing::debug!(error = &error as &dyn std::error::Error, "redis.reconnect_failed");
            }
        }
    }
}

async fn wait_a_moment(pool: &Pool) {
    let patience = Instant::now() + START_PATIENCE;
    while !pool.clients().iter().all(ClientLike::is_connected) && Instant::now() < patience {
        sleep(Duration::from_millis(2)).await;
    }
}
