//! Deletes rows that are no longer needed, so that the tables stay small.

use domain::StoreError;
use sqlx::PgPool;

use super::{confirmations, failed};

/// Lifetime of the trace of a completed sign-up.
const COMPLETED_KEPT_SECONDS: f64 = 7.0 * 24.0 * 3600.0;
/// Number of live sessions deleted by one statement, so that none holds its locks for long.
const CLEAR_BATCH: i64 = 1000;

/// Deletes rows of sessions that have been over for a month, whether or not their end was marked. Until then a member
/// who comes back learns why the session is over. Returns the number of deleted rows; there may be more.
///
/// # Errors
/// The database is unavailable.
pub async fn clear_old_sessions(pool: &PgPool) -> Result<u64, StoreError> {
    let done = sqlx::query!(
        "
        delete from sessions
        where id in (
            select id
            from sessions
            where least(ended_at, absolute_end) < now() - interval '30 days'
            limit 5000
        )
        "
    )
    .execute(pool)
    .await
    .map_err(failed("clear old sessions"))?;
    Ok(done.rows_affected())
}

/// Deletes sign-ups that can no longer be completed, and traces of those completed long ago. Returns the number of
/// deleted rows; there may be more.
///
/// # Errors
/// The database is unavailable.
pub async fn clear_old_sign_ups(pool: &PgPool) -> Result<u64, StoreError> {
    let waiting = sqlx::query!(
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
    )
    .execute(pool)
    .await
    .map_err(failed("clear old sign-ups"))?;
    let completed = sqlx::query!(
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
    )
    .execute(pool)
    .await
    .map_err(failed("clear completed sign-ups"))?;
    Ok(waiting.rows_affected() + completed.rows_affected())
}

/// Deletes links that no longer work. Returns their number; there may be more.
///
/// # Errors
/// The database is unavailable.
pub async fn clear_expired_password_resets(pool: &PgPool) -> Result<u64, StoreError> {
    let done = sqlx::query!(
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
    )
    .execute(pool)
    .await
    .map_err(failed("clear expired links to reset a password"))?;
    Ok(done.rows_affected())
}

/// Deletes live sessions and tombstones that have expired, batch by batch, and returns their number. Instances that run
/// it at the same time share the work.
///
/// # Errors
/// The database is unavailable; the batches before that are deleted.
pub async fn clear_expired_live_sessions(pool: &PgPool) -> Result<u64, StoreError> {
    let mut cleared = 0;
    loop {
        // A record that is renewed meanwhile is checked again once it is locked, and stays.
        let batch = sqlx::query!(
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
        )
        .execute(pool)
        .await
        .map_err(failed("clear expired live sessions"))?
        .rows_affected();
        cleared += batch;
        if batch < CLEAR_BATCH.unsigned_abs() {
            return Ok(cleared);
        }
    }
}
