//! The pool: how a connection is opened, and which idle ones are used again.
//!
//! Not sqlx's own, which sends a `Sync` whenever a connection returns to it, and waits for the response in a task: a
//! second round trip for each statement. Here the few connections that may be unusable are tested instead.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use deadpool::{
    Runtime,
    managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult},
};
use sqlx::{ConnectOptions, Connection, Error, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

use super::ACQUIRE_TIMEOUT;
use crate::postgres::POOL_SIZE;

/// Timeout of connecting, which takes several round trips. It goes on after a request has given up waiting for it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was idle for longer may have been cut, and is tested first.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);
/// Timeout of that test.
const PING_TIMEOUT: Duration = Duration::from_millis(200);
/// A connection that was idle for longer is closed: it was opened for a peak that has passed.
const LONGEST_IDLE: Duration = Duration::from_secs(600);
/// Age at which a connection is replaced, since the server's process keeps memory for each.
const LIFETIME: Duration = Duration::from_secs(1800);
/// Set after connecting, because PgBouncer refuses start-up options. Here the server is alive: a statement that waits
/// for a lock, or is slow, is cut off by it, keeps its connection, and does not count as a failure of the database.
const SERVER_TIMEOUTS: &str = "
    set statement_timeout = '700ms';
    set lock_timeout = '600ms';
    set idle_in_transaction_session_timeout = '5s';
";

/// A connection that returns to the pool on drop.
pub(super) type PooledConnection = Object<Connector>;

/// A pool that connects on first use, and again after a failure.
pub(super) fn new(options: PgConnectOptions) -> Pool<Connector> {
    Pool::builder(Connector { options, last_failure: LastFailure::default() })
        .max_size(POOL_SIZE as usize)
        // So that those which are not needed become idle.
        .queue_mode(QueueMode::Lifo)
        // Only for a place: a request that gives up in the queue must not take a connection later, which nobody uses.
        .wait_timeout(Some(ACQUIRE_TIMEOUT))
        .runtime(Runtime::Tokio1)
        .build()
        .expect("it has a runtime for its timeout")
}

/// Takes an idle connection, opens one, or waits for one to be returned.
pub(super) async fn take(pool: &Pool<Connector>) -> Result<PooledConnection, Error> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => error,
        PoolError::Closed => Error::PoolClosed,
        PoolError::Timeout(_) => Error::PoolTimedOut,
        PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
            unreachable!("the pool has a runtime and no hooks")
        }
    })
}

/// Closes connections that have been idle for long.
pub(super) async fn close_idle(pool: &Pool<Connector>) {
    close_where(pool, |metrics| metrics.last_used() > LONGEST_IDLE).await;
}

/// Closes all connections; those in use once they are returned.
pub(super) async fn close(pool: &Pool<Connector>) {
    close_where(pool, |_| true).await;
    pool.close();
    // Nothing reports that a connection was returned to a closed pool.
    while pool.status().size > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn close_where(pool: &Pool<Connector>, is_due: impl Fn(Metrics) -> bool) {
    for connection in pool.retain(|_, metrics| !is_due(metrics)).removed {
        // If the server does not take the farewell, the connection is closed nonetheless.
        let _ = timeout(PING_TIMEOUT, connection.close()).await;
    }
}

/// Opens connections, and judges idle ones.
#[derive(derive_more::Debug)]
pub(super) struct Connector {
    #[debug(skip)]
    options: PgConnectOptions,
    last_failure: LastFailure,
}

impl Connector {
    /// Notes that a connection has failed now.
    pub(super) fn failed(&self) {
        self.last_failure.note();
    }

    async fn connect(&self) -> Result<PgConnection, Error> {
        let mut connection = self.options.connect().await?;
        sqlx::raw_sql(SERVER_TIMEOUTS).execute(&mut connection).await?;
        Ok(connection)
    }
}

impl Manager for Connector {
    type Type = PgConnection;
    type Error = Error;

    async fn create(&self) -> Result<PgConnection, Error> {
        timeout(CONNECT_TIMEOUT, self.connect()).await.unwrap_or(Err(Error::PoolTimedOut))
    }

    async fn recycle(
        &self,
        connection: &mut PgConnection,
        metrics: &Metrics,
    ) -> RecycleResult<Error> {
        let idle = metrics.last_used();
        // What broke one connection may have broken all, and testing each takes time if none answers.
        if self.last_failure.is_within(idle) || metrics.age() > LIFETIME {
            return Err(RecycleError::message("it is not used again"));
        }
        if idle > TRUSTED_IDLE {
            let tested = timeout(PING_TIMEOUT, connection.ping()).await;
            tested.map_err(|_| RecycleError::message("it did not answer"))??;
        }
        Ok(())
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
