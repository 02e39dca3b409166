//! Deletes rows that are no longer needed, so that the tables stay small. Each function deletes a bounded number of rows,
//! batch by batch. Instances that run it at the same time share the work: a row that one has locked is passed over by the
//! others. A row that is renewed meanwhile is checked again once it is locked, and stays.

use std::time::Duration;

use domain::StoreError;
use sqlx::{Postgres, postgres::PgArguments, query::Query};

use super::{Database, confirmations, failed};

/// Lifetime of the trace of a completed sign-up.
const COMPLETED_KEPT_SECONDS: f64 = 7.0 * 24.0 * 3600.0;
/// Number of rows deleted by one statement, so that none holds its locks for long.
const BATCH: i64 = 1000;
/// Bounds the time that one table takes while more expires than can be deleted.
const BATCHES_A_ROUND: u32 = 50;
/// Timeout of one statement. One searches a whole table.
const CLEAR_TIMEOUT: Duration = Duration::from_secs(5);

/// Rows that were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cleared {
    /// Their number
    pub rows: u64,
    /// False if there may be more
    pub is_complete: bool,
}

impl Cleared {
    fn and(self, other: Self) -> Self {
        Self { rows: self.rows + other.rows, is_complete: self.is_complete && other.is_complete }
    }
}

/// Deletes rows of sessions that have been over for a month, whether or not their end was marked. Until then a member
/// who comes back learns why the session is over.
///
/// # Errors
/// The database is unavailable; the batches before that are deleted.
pub async fn clear_old_sessions(database: &Database) -> Result<Cleared, StoreError> {
    let batch = || {
        sqlx::query!(
            "
            delete from sessions
            where id in (
                select id
                from sessions
                where least(ended_at, absolute_end) < now() - interval '30 days'
                order by least(ended_at, absolute_end)
                limit $1
                for update skip locked
            )
            ",
            BATCH,
        )
    };
    delete(database, "clear old sessions", batch).await
}

/// Deletes sign-ups that can no longer be completed, and traces of those completed long ago.
///
/// # Errors
/// The database is unavailable; the batches before that are deleted.
pub async fn clear_old_sign_ups(database: &Database) -> Result<Cleared, StoreError> {
    let waiting = || {
        sqlx::query!(
            "
            delete from confirmations
            where id in (
                select id
                from confirmations
                where created_at < now() - make_interval(secs => $1)
                order by created_at
                limit $2
                for update skip locked
            )
            ",
            confirmations::KEPT_SECONDS,
            BATCH,
        )
    };
    let completed = || {
        sqlx::query!(
            "
            delete from completed_sign_ups
            where id in (
                select id
                from completed_sign_ups
                where completed_at < now() - make_interval(secs => $1)
                order by completed_at
                limit $2
                for update skip locked
            )
            ",
            COMPLETED_KEPT_SECONDS,
            BATCH,
        )
    };
    let cleared = delete(database, "clear old sign-ups", waiting).await?;
    Ok(cleared.and(delete(database, "clear completed sign-ups", completed).await?))
}

/// Deletes links that no longer work.
///
/// # Errors
/// The database is unavailable; the batches before that are deleted.
pub async fn clear_expired_password_resets(database: &Database) -> Result<Cleared, StoreError> {
    let batch = || {
        sqlx::query!(
            "
            delete from password_resets
            where member_id in (
                select member_id
                from password_resets
                where expires_at < now()
                order by expires_at
                limit $1
                for update skip locked
            )
            ",
            BATCH,
        )
    };
    delete(database, "clear expired links to reset a password", batch).await
}

/// Deletes live sessions and tombstones that have expired.
///
/// # Errors
/// The database is unavailable; the batches before that are deleted.
pub async fn clear_expired_live_sessions(database: &Database) -> Result<Cleared, StoreError> {
    let batch = || {
        sqlx::query!(
            "
            delete from live_sessions
            where id in (
                select id
                from live_sessions
                where expires_at <= now()
                order by expires_at
                limit $1
                for update skip locked
            )
            ",
            BATCH,
        )
    };
    delete(database, "clear expired live sessions", batch).await
}

/// Deletes visitor records and counts of limits that have expired.
///
/// # Errors
/// The database is unavailable; the batches before that are deleted.
pub async fn clear_expired_visitors(database: &Database) -> Result<Cleared, StoreError> {
    let records = || {
        sqlx::query!(
            "
            delete from visitor_records
            where id in (
                select id
                from visitor_records
                where expires_at <= now()
                order by expires_at
                limit $1
                for update skip locked
            )
            ",
            BATCH,
        )
    };
    let limits = || {
        sqlx::query!(
            "
            delete from limits
            where key in (
                select key
                from limits
                where arrives_at <= now()
                limit $1
                for update skip locked
            )
            ",
            BATCH,
        )
    };
    let cleared = delete(database, "clear expired visitor records", records).await?;
    Ok(cleared.and(delete(database, "clear expired limits", limits).await?))
}

/// Deletes batches until one is not full, or there were as many as a round may have.
async fn delete(
    database: &Database,
    operation: &'static str,
    batch: impl Fn() -> Query<'static, Postgres, PgArguments>,
) -> Result<Cleared, StoreError> {
    let mut rows = 0;
    for _ in 0..BATCHES_A_ROUND {
        let deleted = delete_batch(database, batch()).await.map_err(failed(operation))?;
        rows += deleted;
        if deleted < BATCH.unsigned_abs() {
            return Ok(Cleared { rows, is_complete: true });
        }
    }
    Ok(Cleared { rows, is_complete: false })
}

async fn delete_batch(
    database: &Database,
    rows: Query<'static, Postgres, PgArguments>,
) -> Result<u64, sqlx::Error> {
    let mut change = database.begin_within(CLEAR_TIMEOUT).await?;
    let done = rows.execute(&mut *change).await?;
    change.commit().await?;
    Ok(done.rows_affected())
}
