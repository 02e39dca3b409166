//! This machine's clock, and its comparison with the database's.

use std::sync::Arc;

use domain::{StoreError, session::clock::ClockReading};
use time::OffsetDateTime;

use crate::postgres::{self, Database};

/// Returns the time.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// Asks the database for its time. Its connection and its readiness for writes are checked on the way.
///
/// # Errors
/// It is unavailable or takes no writes.
pub async fn read(clock: &Clock, database: &Database) -> Result<ClockReading, StoreError> {
    let before = clock();
    let time = postgres::ping(database).await?;
    Ok(ClockReading { before, database: time, after: clock() })
}
