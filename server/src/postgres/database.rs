//! The database as everything else in this module sees it: a pool with timeouts on this side of the network, behind a
//! circuit breaker. A server that hangs, or is gone without a word, reports nothing by itself.
//!
//! Statements run on `&Database`, or in a [`Change`]. **Architecture Invariant:** nothing else has a connection, so no
//! statement of a request runs without a timeout. A statement that timed out may have been executed, or may yet be.

mod change;
mod connection;

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{
    Connection, Error, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{
    sync::{Notify, Semaphore},
    time::{timeout, timeout_at},
};

pub(super) use self::{change::Change, connection::TimedConnection};
use super::POOL_SIZE;
use crate::{
    breaker::{self, Breaker, Guarded},
    metrics::{Store, Times, Waiting},
};

/// Timeout of waiting for a connection; beyond it a 503 is better. Shorter than a statement's: a wait begins only once
/// all connections are in use, and the first 503 shall come within a second of what slows them down.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_millis(500);
/// Timeout of a statement. Longer than the server's own, whose report costs no connection.
const STATEMENT_TIMEOUT: Duration = Duration::from_millis(800);
/// Timeout of connecting, which takes several round trips. It goes on after a request has given up waiting for it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was idle for longer may have been cut, and is tested first.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);
/// Timeout of that test.
const PING_TIMEOUT: Duration = Duration::from_millis(200);
/// Set after connecting, because PgBouncer refuses start-up options. Here the server is alive: a statement that waits
/// for a lock, or is slow, is cut off by it, keeps its connection, and does not count as a failure of the database.
const SERVER_TIMEOUTS: &str = "
    set statement_timeout = '700ms';
    set lock_timeout = '600ms';
    set idle_in_transaction_session_timeout = '5s';
";

/// The database. Cloning shares its connections and its circuit.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    state: Arc<State>,
}

/// What is known of the database, and metrics of what every use of it does.
#[derive(Debug)]
struct State {
    breaker: Breaker,
    /// One for each connection that the pool may have. Waited for before the pool, because a request that gives up in
    /// the pool's queue would keep its turn, to connect, and take a connection that nobody uses.
    places: Arc<Semaphore>,
    last_failure: LastFailure,
    connection: Times,
    statement: Times,
    waiting: Waiting,
}

impl Database {
    /// A pool that connects on first use, and again after a failure.
    pub(super) fn new(options: PgConnectOptions) -> Self {
        let places = usize::try_from(POOL_SIZE).unwrap_or(1);
        let state = Arc::new(State {
            breaker: Breaker::new(Guarded::Database, Arc::default()),
            places: Arc::new(Semaphore::new(places)),
            last_failure: LastFailure::default(),
            connection: Times::of(Store::Database, "take a connection"),
            statement: Times::of(Store::Database, "run a statement"),
            waiting: Waiting::for_a_connection(),
        });
        let known = Arc::clone(&state);
        let pool = PgPoolOptions::new()
            .max_connections(POOL_SIZE)
            .acquire_timeout(CONNECT_TIMEOUT)
            .after_connect(|connection, _| {
                let set = sqlx::raw_sql(SERVER_TIMEOUTS);
                Box::pin(async move { set.execute(connection).await.map(drop) })
            })
            // Testing every time would double the round trips of every request.
            .test_before_acquire(false)
            .before_acquire(move |connection, meta| {
                // What broke one connection may have broken all, and testing each takes time if none answers.
                let is_suspect = known.last_failure.is_within(meta.idle_for);
                Box::pin(async move {
                    if is_suspect || meta.idle_for <= TRUSTED_IDLE {
                        return Ok(!is_suspect);
                    }
                    Ok(matches!(timeout(PING_TIMEOUT, connection.ping()).await, Ok(Ok(()))))
                })
            })
            .connect_lazy_with(options);
        Self { pool, state }
    }

    /// The number of connections that are open, and that of those that are idle.
    #[must_use]
    pub fn connections(&self) -> (u32, u32) {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        (self.pool.size(), idle)
    }

    /// Notified when the database is available again after a failure.
    #[must_use]
    pub fn recovered(&self) -> &Arc<Notify> {
        self.state.breaker.recovered()
    }

    /// Closes the connections, once they are no longer used.
    pub async fn close(&self) {
        self.pool.close().await;
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
        let acquired = self.state.connection.measure(self.acquired()).await;
        acquired.inspect_err(|error| self.failed(error))
    }

    /// Waits for a connection of the pool.
    async fn acquired(&self) -> Result<TimedConnection, Error> {
        let _waiting = self.state.waiting.begin();
        let deadline = tokio::time::Instant::now() + ACQUIRE_TIMEOUT;
        let place = Arc::clone(&self.state.places).acquire_owned();
        let place = timeout_at(deadline, place).await.map_err(|_| Error::PoolTimedOut)?;
        let place = place.map_err(|_| Error::PoolClosed)?;
        let (pool, database) = (self.pool.clone(), self.clone());
        let mut acquiring = Box::pin(async move {
            let connection = pool.acquire().await?;
            Ok(TimedConnection::new(connection, place, database, STATEMENT_TIMEOUT))
        });
        if let Ok(acquired) = timeout_at(deadline, &mut acquiring).await {
            return acquired;
        }
        // Connecting goes on for the next request: a server that is far away would never be reached otherwise.
        tokio::spawn(acquiring);
        Err(Error::PoolTimedOut)
    }

    fn failed(&self, error: &Error) {
        self.state.last_failure.note();
        self.state.breaker.failed(error);
    }
}

/// The time at which a connection failed last.
#[derive(Debug, Default)]
struct LastFailure(Mutex<Option<Instant>>);

impl LastFailure {
    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Returns whether it was within this time.
    fn is_within(&self, time: Duration) -> bool {
        let at = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at.is_some_and(|at| at.elapsed() <= time)
    }
}
