//! Rate limits in Postgres, in an unlogged table. One statement decides, atomic by the row that it locks, by Postgres'
//! clock.

use std::time::Duration;

use async_trait::async_trait;
use domain::{StoreError, limits::LimitKey};

use super::{Database, failed};
use crate::limits::LimitStore;

/// The table `limits`.
#[derive(Debug, Clone)]
pub struct PgLimits {
    database: Database,
}

impl PgLimits {
    /// The table of this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }

    /// The time until the next attempt of a subject that was refused.
    async fn wait(&self, key: &LimitKey) -> Result<Duration, sqlx::Error> {
        let rate = key.limit().rate();
        let wait = sqlx::query_scalar!(
            r#"
            select
                extract(
                    epoch from arrives_at + make_interval(secs => $2) - make_interval(secs => $3) - now()
                )::float8 as "wait!"
            from limits
            where key = $1
            "#,
            key.name(),
            rate.every.as_secs_f64(),
            (rate.every * rate.burst).as_secs_f64(),
        )
        .fetch_optional(&self.database)
        .await?;
        // An attempt may have been given back meanwhile.
        Ok(wait.and_then(|wait| Duration::try_from_secs_f64(wait).ok()).unwrap_or_default())
    }
}

#[async_trait]
impl LimitStore for PgLimits {
    async fn take(&self, key: &LimitKey) -> Result<Result<(), Duration>, StoreError> {
        const OPERATION: &str = "count an attempt";
        let rate = key.limit().rate();
        // Changes no row if the limit is reached. A statement that waited for another one sees what that has written.
        let done = sqlx::query!(
            "
            insert into limits as known (key, arrives_at)
            values ($1, now() + make_interval(secs => $2))
            on conflict (key) do update
            set arrives_at = greatest(known.arrives_at, now()) + make_interval(secs => $2)
            where greatest(known.arrives_at, now()) + make_interval(secs => $2)
                <= now() + make_interval(secs => $3)
            ",
            key.name(),
            rate.every.as_secs_f64(),
            (rate.every * rate.burst).as_secs_f64(),
        )
        .execute(&self.database)
        .await
        .map_err(failed(OPERATION))?;
        if done.rows_affected() == 1 {
            return Ok(Ok(()));
        }
        self.wait(key).await.map(Err).map_err(failed(OPERATION))
    }

    async fn give_back(&self, key: &LimitKey) -> Result<(), StoreError> {
        sqlx::query!(
            "
            update limits
            set arrives_at = arrives_at - make_interval(secs => $2)
            where key = $1
              and arrives_at > now()
            ",
            key.name(),
            key.limit().rate().every.as_secs_f64(),
        )
        .execute(&self.database)
        .await
        .map(drop)
        .map_err(failed("give an attempt back"))
    }
}
