//! Deletes rows that are no longer needed, so that the tables stay small.

use std::time::Duration;

use domain::StoreError;
use sqlx::{Postgres, postgres::PgArguments, query::Query};

use super::{Database, confirmations, failed};

/// Lifetime of the trace of a completed sign-up.
const COMPLETED_KEPT_SECONDS: f64 = 7.0 * 24.0 * 3600.0;
/// Number of short-lived rows deleted by one statement, so that none holds its locks for long.
const CLEAR_BATCH: i64 = 1000;
/// Bounds the time that a round takes while more expires than can be deleted.
const BATCHES_A_ROUND: u32 = 50;
/// Timeout of one statement. Some search a whole table.
const CLEAR_TIMEOUT: Duration = Duration::from_secs(5);

/// Deletes rows of sessions that have been over for a month, whether or not their end was marked. Until then a member
/// who comes back learns why the session is over. Returns the number of deleted rows; there may be more.
///
/// # Errors
/// The database is unavailable.
pub async fn clear_old_sessions(database: &Database) -> Result<u64, StoreError> {
    let rows = sqlx::query!(
        "
        delete from sessions
        where id in (
            select id
            from sessions
            where least(ended_at, absolute_end) < now() - interval '30 days'
            limit 5000
        )
        "
    );
    delete(database, "clear old sessions", rows).await
}

/// Deletes sign-ups that can no longer be completed, and traces of those completed long ago. Returns the number of
/// deleted rows; there may be more.
///
/// # Errors
/// The database is unavailable.
pub async fn clear_old_sign_ups(database: &Database) -> Result<u64, StoreError> {
    let rows = sqlx::query!(
        "
        delete from confirmations
        where id in (
            select id
            from confirmations
            where created_at < now() - make_interval(secs => $1)
            limit 5000
            for update skip locked
        )
        ",
        confirmations::KEPT_SECONDS,
    );
    let waiting = delete(database, "clear old sign-ups", rows).await?;
    let rows = sqlx::query!(
        "
        delete from completed_sign_ups
        where id in (
            select id
            from completed_sign_ups
            where completed_at < now() - make_interval(secs => $1)
            limit 5000
        )
        ",
        COMPLETED_KEPT_SECONDS,
    );
    let completed = delete(database, "clear completed sign-ups", rows).await?;
    Ok(waiting + completed)
}

/// Deletes links that no longer work. Returns their number; there may be more.
///
/// # Errors
/// The database is unavailable.
pub async fn clear_expired_password_resets(database: &Database) -> Result<u64, StoreError> {
    let rows = sqlx::query!(
        "
        delete from password_resets
        where member_id in (
            select member_id
            from password_resets
            where expires_at < now()
            limit 5000
        )
          and expires_at < now()
        "
    );
    delete(database, "clear expired links to reset a password", rows).await
}

/// Deletes live sessions and tombstones that have expired, batch by batch, and returns their number. Instances that run
/// it at the same time share the work.
///
/// # Errors
/// The database is unavailable; the batches before that are deleted.
pub async fn clear_expired_live_sessions(database: &Database) -> Result<u64, StoreError> {
    let mut cleared = 0;
    loop {
        // A record that is renewed meanwhile is checked again once it is locked, and stays.
        let rows = sqlx::query!(
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
            CLEAR_BATCH,
        );
        let batch = delete(database, "clear expired live sessions", rows).await?;
        cleared += batch;
        if batch < CLEAR_BATCH.unsigned_abs() {
            return Ok(cleared);
        }
    }
}

/// Deletes visitor records and counts of limits that have expired, some batches of each, and returns their number; there
/// may be more. Instances that run it at the same time share the work.
///
/// # Errors
/// The database is unavailable; the batches before that are deleted.
pub async fn clear_expired_visitors(database: &Database) -> Result<u64, StoreError> {
    let mut cleared = 0;
    for _ in 0..BATCHES_A_ROUND {
        let records = sqlx::query!(
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
            CLEAR_BATCH,
        );
        let limits = sqlx::query!(
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
            CLEAR_BATCH,
        );
        let batches = delete(database, "clear expired visitor records", records).await?
            + delete(database, "clear expired limits", limits).await?;
        cleared += batches;
        if batches < CLEAR_BATCH.unsigned_abs() {
            break;
        }
    }
    Ok(cleared)
}

/// Deletes these rows, and returns their number.
async fn delete(
    database: &Database,
    operation: &'static str,
    rows: Query<'_, Postgres, PgArguments>,
) -> Result<u64, StoreError> {
    let deleted = async {
        let mut change = database.begin_within(CLEAR_TIMEOUT).await?;
        let done = rows.execute(&mut *change).await?;
        change.commit().await?;
        Ok(done.rows_affected())
    };
    deleted.await.map_err(failed(operation))
}
