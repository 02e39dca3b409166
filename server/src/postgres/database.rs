//! The database as everything else in this module sees it: a pool with timeouts on this side of the network, behind a
//! circuit breaker. A server that hangs, or is gone without a word, reports nothing by itself.
//!
//! Statements run on `&Database`, or in a [`Change`]. **Architecture Invariant:** nothing else has a connection, so no
//! statement of a request runs without a timeout. A statement that timed out may have been executed, or may yet be.

mod change;
mod connection;
mod pool;

use std::{io, sync::Arc, time::Duration};

use sqlx::{Error, postgres::PgConnectOptions};
use tokio::{sync::Notify, time::timeout};

use self::pool::{Connections, PooledConnection};
pub(super) use self::{change::Change, connection::TimedConnection};
use crate::{
    breaker::{self, Breaker, Guarded},
    metrics::{Store, Times, Waiting},
};

/// Timeout of waiting for a connection; beyond it a 503 is better. Shorter than a statement's: the first 503 shall come
/// within a second of what slows connections down.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(500);
/// Timeout of a statement. Longer than the server's own, whose report costs no connection.
const STATEMENT_TIMEOUT: Duration = Duration::from_millis(800);

/// The database. Cloning shares its connections and its circuit.
#[derive(Debug, Clone)]
pub struct Database(Arc<State>);

/// What is known of the database, and metrics of what every use of it does.
#[derive(Debug)]
struct State {
    connections: Connections,
    breaker: Breaker,
    connection: Times,
    statement: Times,
    waiting: Waiting,
}

impl Database {
    /// Connects on first use, and again after a failure.
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self(Arc::new(State {
            connections: Connections::new(options),
            breaker: Breaker::new(Guarded::Database, Arc::default()),
            connection: Times::of(Store::Database, "take a connection"),
            statement: Times::of(Store::Database, "run a statement"),
            waiting: Waiting::for_a_connection(),
        }))
    }

    /// The number of connections that are open or being opened, and that of those that are idle.
    #[must_use]
    pub fn connections(&self) -> (u32, u32) {
        self.0.connections.count()
    }

    /// Notified when the database is available again after a failure.
    #[must_use]
    pub fn recovered(&self) -> &Arc<Notify> {
        self.0.breaker.recovered()
    }

    /// Closes connections that have been idle or open for long.
    pub(crate) async fn close_idle(&self) {
        self.0.connections.close_idle().await;
    }

    /// Closes the connections, once they are no longer used.
    pub async fn close(&self) {
        self.0.connections.close().await;
    }

    /// Begins a transaction.
    pub(super) async fn begin(&self) -> Result<Change, Error> {
        Change::begin(self.connection().await?).await
    }

    /// Begins a transaction whose statements may take this long: the sweeper's and the staff's, not a request's.
    pub(super) async fn begin_within(&self, limit: Duration) -> Result<Change, Error> {
        Change::begin_within(self.connection().await?, limit).await
    }

    /// Takes a connection, unless the circuit is open.
    pub(super) async fn connection(&self) -> Result<TimedConnection, Error> {
        if !self.0.breaker.admits() {
            return Err(Error::Io(io::Error::other(breaker::OPEN)));
        }
        match self.0.connection.measure(self.acquired()).await {
            Ok(connection) => Ok(TimedConnection::new(connection, self.clone(), STATEMENT_TIMEOUT)),
            Err(error) => {
                self.0.breaker.failed(&error);
                Err(error)
            }
        }
    }

    /// Waits for a connection of the pool.
    async fn acquired(&self) -> Result<PooledConnection, Error> {
        let _waiting = self.0.waiting.begin();
        let taken = timeout(ACQUIRE_TIMEOUT, self.0.connections.take()).await;
        taken.unwrap_or(Err(Error::PoolTimedOut))
    }

    /// Notes that a connection has failed.
    fn failed(&self, error: &Error) {
        self.0.connections.failed();
        self.0.breaker.failed(error);
    }
}
