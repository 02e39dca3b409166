//! The database as everything else in this module sees it: a pool with timeouts on this side of the network, behind a
//! circuit breaker. A server that hangs, or is gone without a word, reports nothing by itself.
//!
//! Statements run on `&Database`, or in a [`Change`]. **Architecture Invariant:** nothing else has a connection, so no
//! statement of a request runs without a timeout. A statement that timed out may have been executed, or may yet be.

mod change;
mod connection;
mod pool;

use std::{io, sync::Arc, time::Duration};

use deadpool::managed::Pool;
use sqlx::{Error, postgres::PgConnectOptions};
use tokio::{sync::Notify, time::timeout};

use self::pool::{Connector, PooledConnection};
pub(super) use self::{change::Change, connection::TimedConnection};
use crate::{
    breaker::{self, Breaker, Guarded},
    metrics::{Store, Times, Waiting},
};

/// Timeout of waiting for a connection; beyond it a 503 is better. Shorter than a statement's: a wait begins only once
/// all connections are in use, and the first 503 shall come within a second of what slows them down.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(500);
/// Timeout of a statement. Longer than the server's own, whose report costs no connection.
const STATEMENT_TIMEOUT: Duration = Duration::from_millis(800);

/// The database. Cloning shares its connections and its circuit.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Pool<Connector>,
    state: Arc<State>,
}

/// What is known of the database, and metrics of what every use of it does.
#[derive(Debug)]
struct State {
    breaker: Breaker,
    connection: Times,
    statement: Times,
    waiting: Waiting,
}

impl Database {
    /// Connects on first use, and again after a failure.
    pub(super) fn new(options: PgConnectOptions) -> Self {
        let state = State {
            breaker: Breaker::new(Guarded::Database, Arc::default()),
            connection: Times::of(Store::Database, "take a connection"),
            statement: Times::of(Store::Database, "run a statement"),
            waiting: Waiting::for_a_connection(),
        };
        Self { pool: pool::new(options), state: Arc::new(state) }
    }

    /// The number of connections that are open, and that of those that are idle.
    #[must_use]
    pub fn connections(&self) -> (u32, u32) {
        let status = self.pool.status();
        let number = |of: usize| u32::try_from(of).unwrap_or(u32::MAX);
        (number(status.size), number(status.available))
    }

    /// Notified when the database is available again after a failure.
    #[must_use]
    pub fn recovered(&self) -> &Arc<Notify> {
        self.state.breaker.recovered()
    }

    /// Closes connections that have been idle for long.
    pub(crate) async fn close_idle(&self) {
        pool::close_idle(&self.pool).await;
    }

    /// Closes the connections, once they are no longer used.
    pub async fn close(&self) {
        pool::close(&self.pool).await;
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
        if !self.state.breaker.admits() {
            return Err(Error::Io(io::Error::other(breaker::OPEN)));
        }
        match self.state.connection.measure(self.acquired()).await {
            Ok(connection) => Ok(TimedConnection::new(connection, self.clone(), STATEMENT_TIMEOUT)),
            Err(error) => {
                self.failed(&error);
                Err(error)
            }
        }
    }

    /// Waits for a connection of the pool.
    async fn acquired(&self) -> Result<PooledConnection, Error> {
        let _waiting = self.state.waiting.begin();
        let pool = self.pool.clone();
        let mut acquiring = Box::pin(async move { pool::take(&pool).await });
        if let Ok(acquired) = timeout(ACQUIRE_TIMEOUT, &mut acquiring).await {
            return acquired;
        }
        // Connecting goes on for the next request: a server that is far away would never be reached otherwise. In the
        // pool's queue, the same timeout has passed.
        tokio::spawn(async move { acquiring.await.map(drop) });
        Err(Error::PoolTimedOut)
    }

    fn failed(&self, error: &Error) {
        self.pool.manager().failed();
        self.state.breaker.failed(error);
    }
}
