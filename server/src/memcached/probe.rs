//! Checks whether the server is available and takes writes.

use domain::StoreError;
use uuid::Uuid;

use super::{
    Memcached,
    connection::{Connection, Ttl},
    record,
};

/// Lifetime in seconds of the record of a test write.
const PROBE_SECONDS: u64 = 10;

/// Checks of this instance, with a key of its own.
#[derive(Debug, Clone)]
pub struct Probe {
    memcached: Memcached,
    key: String,
}

impl Probe {
    /// Checks of this server.
    #[must_use]
    pub fn new(memcached: Memcached) -> Self {
        Self { memcached, key: format!("ready:{}", Uuid::new_v4()) }
    }

    /// Checks that the server takes a record: a full one still answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.memcached
            .run("write to the session store", async |connection: &mut Connection| {
                let ttl = Ttl::new(PROBE_SECONDS, 0);
                connection.put(&self.key, &record::blank(), ttl).await
            })
            .await
    }
}
