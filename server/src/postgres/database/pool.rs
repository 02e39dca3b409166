//! The pool: how a connection is opened, and which idle ones are used again.
//!
//! A request takes an idle connection. If there is none, one is opened, and the request takes whichever is free first: a
//! busy server may need longer for a new connection than a request waits, while others are returned all the time.
//!
//! Not sqlx's own, in which a request waits for the connection that it opens. It also sends a `Sync` whenever a connection
//! returns, and waits for the response in a task: a second round trip for each statement. Here the few connections that
//! may be unusable are tested instead.

use std::{
    iter,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use deadpool::unmanaged::Pool;
use sqlx::{ConnectOptions, Connection, Error, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::postgres::POOL_SIZE;

/// Timeout of connecting, which takes several round trips. It goes on after a request has given up waiting for it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was idle for longer may have been cut, and is tested first.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);
/// Timeout of that test.
const PING_TIMEOUT: Duration = Duration::from_millis(200);
/// A connection that was idle for longer is closed: it was opened for a peak that has passed.
const LONGEST_IDLE: Duration = Duration::from_secs(600);
/// A connection that is older is closed when it is idle, since the server's process keeps memory for each.
const LIFETIME: Duration = Duration::from_secs(1800);
/// The code of a server that has no room for another connection (PostgreSQL, appendix A)
const FULL: &str = "53300";
/// Set after connecting, because PgBouncer refuses start-up options. Here the server is alive: a statement that waits
/// for a lock, or is slow, is cut off by it, keeps its connection, and does not count as a failure of the database.
const SERVER_TIMEOUTS: &str = "
    set statement_timeout = '700ms';
    set lock_timeout = '600ms';
    set idle_in_transaction_session_timeout = '5s';
";

/// The connections. They are opened when they are needed, and again after a failure.
#[derive(derive_more::Debug)]
pub(super) struct Connections {
    /// The one that was returned last is taken first, so that those which are not needed stay idle until they are closed.
    /// Requests that wait are served in turn.
    idle: Pool<Opened>,
    /// Each connection that is open or being opened holds one.
    places: Arc<Semaphore>,
    #[debug(skip)]
    options: PgConnectOptions,
    last_failure: LastFailure,
}

/// A connection that is open.
#[derive(Debug)]
struct Opened {
    connection: PgConnection,
    at: Instant,
    /// Time at which it was opened or returned last
    idle_since: Instant,
    _place: OwnedSemaphorePermit,
}

impl Connections {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        let size = POOL_SIZE as usize;
        Self {
            idle: Pool::new(size),
            places: Arc::new(Semaphore::new(size)),
            options,
            last_failure: LastFailure::default(),
        }
    }

    /// The number of connections that are open or being opened, and that of those that are idle.
    pub(super) fn count(&self) -> (u32, u32) {
        let number = |of: usize| u32::try_from(of).unwrap_or(u32::MAX);
        let places = number(self.places.available_permits());
        (POOL_SIZE - places, number(self.idle.status().available))
    }

    /// Takes an idle connection, or the first one that is returned or has been opened.
    pub(super) async fn take(&self) -> Result<PooledConnection, Error> {
        loop {
            let opened = match self.idle.try_remove() {
                Ok(idle) => idle,
                Err(_) => self.first_free().await?,
            };
            if let Some(opened) = self.tested(opened).await {
                return Ok(PooledConnection { opened: Some(opened), idle: self.idle.clone() });
            }
        }
    }

    async fn first_free(&self) -> Result<Opened, Error> {
        tokio::select! {
            biased;
            free = self.idle.remove() => free.map_err(|_| Error::PoolClosed),
            Err(error) = self.open() => Err(error),
        }
    }

    /// Opens a connection for whoever waits, once there is a place for it. Connecting goes on if this is dropped: a server
    /// that is far away would never be reached otherwise. A server without room for another connection is no failure
    /// while there are some.
    async fn open(&self) -> Result<(), Error> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Error::PoolClosed)?;
        let (idle, options) = (self.idle.clone(), self.options.clone());
        let opening = tokio::spawn(async move {
            let connecting = timeout(CONNECT_TIMEOUT, connect(&options)).await;
            let connection = connecting.unwrap_or(Err(Error::PoolTimedOut))?;
            let now = Instant::now();
            let opened = Opened { connection, at: now, idle_since: now, _place: place };
            // It has a place, and so there is room.
            let _ = idle.try_add(opened);
            Ok(())
        });
        match opening.await.unwrap_or(Err(Error::WorkerCrashed)) {
            Err(Error::Database(error))
                if error.code().as_deref() == Some(FULL) && self.count().0 > 0 =>
            {
                Ok(())
            }
            opened => opened,
        }
    }

    /// The connection, unless it is not to be used again.
    async fn tested(&self, mut opened: Opened) -> Option<Opened> {
        // What broke one connection may have broken all, and testing each takes time if none answers.
        if self.last_failure.is_after(opened.idle_since) {
            return None;
        }
        if opened.idle_since.elapsed() > TRUSTED_IDLE
            && !matches!(timeout(PING_TIMEOUT, opened.connection.ping()).await, Ok(Ok(())))
        {
            self.failed();
            return None;
        }
        Some(opened)
    }

    /// Notes that a connection has failed now.
    pub(super) fn failed(&self) {
        self.last_failure.note();
    }

    /// Closes connections that have been idle or open for long.
    pub(super) async fn close_idle(&self) {
        self.close_where(|opened| {
            opened.idle_since.elapsed() > LONGEST_IDLE || opened.at.elapsed() > LIFETIME
        })
        .await;
    }

    /// Closes all connections; those in use once they are returned.
    pub(super) async fn close(&self) {
        self.places.close();
        loop {
            self.close_where(|_| true).await;
            if self.count().0 == 0 {
                break;
            }
            // Nothing reports that a connection was returned.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.idle.close();
    }

    async fn close_where(&self, is_due: impl Fn(&Opened) -> bool) {
        let idle = iter::from_fn(|| self.idle.try_remove().ok());
        let (due, others): (Vec<_>, Vec<_>) = idle.partition(is_due);
        for other in others.into_iter().rev() {
            let _ = self.idle.try_add(other);
        }
        for opened in due {
            // If the server does not read the Terminate message, the connection is closed nonetheless.
            let _ = timeout(PING_TIMEOUT, opened.connection.close()).await;
        }
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, Error> {
    let mut connection = options.connect().await?;
    sqlx::raw_sql(SERVER_TIMEOUTS).execute(&mut connection).await?;
    Ok(connection)
}

/// A connection that returns to the pool on drop.
#[derive(Debug)]
pub(super) struct PooledConnection {
    /// `None` only while it is dropped
    opened: Option<Opened>,
    idle: Pool<Opened>,
}

const UNTIL_IT_IS_DROPPED: &str = "a connection is here until it returns";

impl PooledConnection {
    /// Closes it without a Terminate message, which a server that hangs might never read.
    pub(super) fn cut(mut self) {
        drop(self.opened.take());
    }
}

impl Deref for PooledConnection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.opened.as_ref().expect(UNTIL_IT_IS_DROPPED).connection
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.opened.as_mut().expect(UNTIL_IT_IS_DROPPED).connection
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        let Some(mut opened) = self.opened.take() else { return };
        opened.idle_since = Instant::now();
        // It has a place, and so there is room.
        let _ = self.idle.try_add(opened);
    }
}

/// The time at which a connection failed last.
#[derive(Debug, Default)]
struct LastFailure(Mutex<Option<Instant>>);

impl LastFailure {
    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn is_after(&self, time: Instant) -> bool {
        let at = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at.is_some_and(|at| at >= time)
    }
}
