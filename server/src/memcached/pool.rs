//! The connections to the server, and their behaviour while it is unavailable.
//!
//! An instance starts without the server. No command is sent twice and none waits for long: an unavailable server is
//! reported quickly, and the circuit breaker keeps requests from connecting all the time.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::StoreError;
use tokio::{sync::Semaphore, time::timeout};

use super::{
    address::Address,
    connection::{Connection, Failure},
};

/// Number of operations at once; further ones wait. A connection carries one at a time.
const CONNECTIONS: usize = 32;
/// Timeout of an operation, with connecting and all its commands.
const OPERATION_TIMEOUT: Duration = Duration::from_millis(400);
/// The part of it that may be spent waiting for a connection.
const QUEUE_TIMEOUT: Duration = Duration::from_millis(200);

/// The connections. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Memcached(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    address: Address,
    idle: Mutex<Vec<Connection>>,
    permits: Semaphore,
}

impl Memcached {
    /// Connects when a connection is needed.
    #[must_use]
    pub fn new(address: Address) -> Self {
        Self(Arc::new(Pool {
            address,
            idle: Mutex::default(),
            permits: Semaphore::new(CONNECTIONS),
        }))
    }

    /// Runs an operation on a connection of its own, bounds it in time, and words its failure.
    pub(super) async fn run<T>(
        &self,
        operation: &'static str,
        commands: impl AsyncFnOnce(&mut Connection) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let result = match timeout(OPERATION_TIMEOUT, self.0.run(commands)).await {
            Ok(result) => result,
            Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
        };
        result.map_err(|failure| {
            if matches!(failure, Failure::Unavailable(_)) {
                // The others may be dead as well, and each would cost a timeout.
                self.0.idle().clear();
            }
            StoreError::new(operation, failure)
        })
    }
}

impl Pool {
    async fn run<T>(
        &self,
        commands: impl AsyncFnOnce(&mut Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let _permit = timeout(QUEUE_TIMEOUT, self.permits.acquire())
            .await
            .map_err(|_| Failure::Busy)?
            .expect("nothing closes the semaphore");
        let idle = std::iter::from_fn(|| self.idle().pop()).find(Connection::is_quiet);
        let mut connection = match idle {
            Some(connection) => connection,
            None => Connection::dial(&self.address).await?,
        };
        let done = commands(&mut connection).await?;
        // Every answer has been read. Otherwise the connection is closed: one may still be under way.
        self.idle().push(connection);
        Ok(done)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
