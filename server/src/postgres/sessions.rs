//! Session rows: the truth about which sessions exist, their generation, and their end. Ages are measured
//! here, by the database's clock, the one that all instances share.

mod advance;
mod rows;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    member::MemberId,
    ports::{Advance, Advanced, Ending, NewSession, Sessions, StoreError},
    session::{EndReason, ListedSession, Persistence, SessionId, SessionRow, StoredSession},
};
use sqlx::PgPool;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use self::rows::{ListedRow, Row, read_reason};
use super::{ACQUIRE_TIMEOUT, POOL_SIZE, failed};

/// The table `sessions`.
#[derive(Debug, Clone)]
pub struct PgSessions {
    pool: PgPool,
    refreshes: Arc<Semaphore>,
}

impl PgSessions {
    /// The table in the pool's database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        let half = usize::try_from(POOL_SIZE / 2).unwrap_or(1);
        Self { pool, refreshes: Arc::new(Semaphore::new(half)) }
    }

    /// A share of the pool. Refreshes of one member, however many, leave connections for everybody else.
    async fn share(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        const OPERATION: &str = "wait for a refresh's share of the pool";
        let permit = timeout(ACQUIRE_TIMEOUT, self.refreshes.acquire()).await;
        permit
            .map_err(|error| StoreError::new(OPERATION, error))?
            .map_err(|error| StoreError::new(OPERATION, error))
    }
}

#[async_trait]
impl Sessions for PgSessions {
    async fn start(&self, new: &NewSession) -> Result<Option<SessionRow>, StoreError> {
        const OPERATION: &str = "start a session";
        let idle_seconds = i32::try_from(new.idle_timeout.as_secs())
            .map_err(|error| StoreError::new(OPERATION, error))?;
        // The member's row is held until the session's is there: a change of password or standing either
        // comes first, and then there is no session, or sees the session and ends it.
        let row = sqlx::query_as!(
            Row,
            r#"
            with member as (
                select id, role, authority_version
                from members
                where id = $2
                  and password_hash = $3
                  and standing = 'active'
                for share
            ),
            session as (
                insert into sessions (
                    id, member_id, salt, absolute_end, idle_seconds, remembered, user_agent, ip
                )
                select $1, id, $4, now() + make_interval(secs => $5), $6, $7, left($8, 512), $9::text::inet
                from member
                returning *
            )
            select
                session.id as "id!",
                session.member_id,
                member.role as "role?",
                member.authority_version as "authority_version?",
                session.salt as "salt!",
                session.created_at as "created_at!",
                session.absolute_end as "absolute_end!",
                greatest(extract(epoch from session.absolute_end - now()), 0)::float8 as "remaining!",
                session.idle_seconds as "idle_seconds!",
                session.remembered as "remembered!",
                session.generation as "generation!",
                0::float8 as "rotated_ago!",
                session.last_seen_at as "last_seen_at!",
                0::float8 as "seen_ago!",
                session.late_replay_generation,
                session.end_reason
            from session
            join member on member.id = session.member_id
            "#,
            new.id.0,
            new.member_id.0,
            new.verified_hash.expose(),
            &new.salt.0[..],
            new.absolute_timeout.as_secs_f64(),
            idle_seconds,
            new.persistence == Persistence::Remembered,
            new.client.user_agent,
            new.client.ip.map(|ip| ip.to_string()),
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed(OPERATION))?;
        row.map(|row| row.read_open(OPERATION)).transpose()
    }

    async fn find(&self, id: SessionId) -> Result<Option<StoredSession>, StoreError> {
        const OPERATION: &str = "read a session";
        let _share = self.share().await?;
        let row = sqlx::query_as!(
            Row,
            r#"
            select
                sessions.id,
                sessions.member_id,
                members.role as "role?",
                members.authority_version as "authority_version?",
                sessions.salt,
                sessions.created_at,
                sessions.absolute_end,
                greatest(extract(epoch from sessions.absolute_end - now()), 0)::float8 as "remaining!",
                sessions.idle_seconds,
                sessions.remembered,
                sessions.generation,
                greatest(extract(epoch from now() - sessions.rotated_at), 0)::float8 as "rotated_ago!",
                sessions.last_seen_at,
                greatest(extract(epoch from now() - sessions.last_seen_at), 0)::float8 as "seen_ago!",
                sessions.late_replay_generation,
                sessions.end_reason
            from sessions
            left join members on members.id = sessions.member_id
            where sessions.id = $1
            "#,
            id.0,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed(OPERATION))?;
        row.map(|row| row.read(OPERATION)).transpose()
    }

    async fn confirm(&self, row: &SessionRow) -> Result<bool, StoreError> {
        self.confirm_row(row).await.map_err(failed("confirm a session"))
    }

    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, StoreError> {
        let _share = self.share().await?;
        self.advance_row(advance).await.map_err(failed("advance a session"))
    }

    async fn end(&self, id: SessionId, reason: EndReason) -> Result<Option<Ending>, StoreError> {
        self.end_where_owned(id, None, reason).await
    }

    async fn end_as_read(&self, row: &SessionRow, reason: EndReason) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "
            update sessions
            set ended_at = now(),
                end_reason = $4
            where id = $1
              and generation = $2
              and last_seen_at = $3
              and ended_at is null
            ",
            row.id.0,
            i64::from(row.generation),
            row.seen_at,
            reason.as_str(),
        )
        .execute(&self.pool)
        .await
        .map_err(failed("end a session that is over"))?;
        Ok(done.rows_affected() == 1)
    }

    async fn end_of(
        &self,
        member_id: MemberId,
        id: SessionId,
        reason: EndReason,
    ) -> Result<Option<Ending>, StoreError> {
        self.end_where_owned(id, Some(member_id), reason).await
    }

    async fn end_others_of(
        &self,
        member_id: MemberId,
        kept: SessionId,
        reason: EndReason,
    ) -> Result<Vec<SessionId>, StoreError> {
        let ended = sqlx::query_scalar!(
            "
            update sessions
            set ended_at = now(),
                end_reason = $3
            where member_id = $1
              and id <> $2
              and ended_at is null
            returning id
            ",
            member_id.0,
            kept.0,
            reason.as_str(),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed("end a member's other sessions"))?;
        Ok(ended.into_iter().map(SessionId).collect())
    }

    async fn end_all(&self, reason: EndReason) -> Result<u64, StoreError> {
        self.end_every_row(reason).await.map_err(failed("end all sessions"))
    }

    async fn list_of(&self, member_id: MemberId) -> Result<Vec<ListedSession>, StoreError> {
        const OPERATION: &str = "list a member's sessions";
        let rows = sqlx::query_as!(
            ListedRow,
            r#"
            select
                id,
                user_agent,
                host(ip) as ip,
                created_at,
                greatest(extract(epoch from now() - last_seen_at), 0)::float8 as "seen_ago!",
                idle_seconds,
                greatest(extract(epoch from absolute_end - now()), 0)::float8 as "remaining!",
                remembered,
                replays_from_elsewhere
            from sessions
            where member_id = $1
              and ended_at is null
            order by last_seen_at desc, id desc
            "#,
            member_id.0,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed(OPERATION))?;
        rows.into_iter().map(|row| row.read(OPERATION)).collect()
    }

    async fn ended_within(
        &self,
        time: Duration,
    ) -> Result<Vec<(SessionId, EndReason)>, StoreError> {
        const OPERATION: &str = "read which sessions ended lately";
        let rows = sqlx::query!(
            r#"
            select id, end_reason as "end_reason!"
            from sessions
            where ended_at > now() - make_interval(secs => $1)
            "#,
            time.as_secs_f64(),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(failed(OPERATION))?;
        rows.into_iter()
            .map(|row| Ok((SessionId(row.id), read_reason(OPERATION, &row.end_reason)?)))
            .collect()
    }
}

impl PgSessions {
    /// In one statement, so that it is done or not; without the time-outs that fit one member's rows.
    async fn end_every_row(&self, reason: EndReason) -> Result<u64, sqlx::Error> {
        let mut change = self.pool.begin().await?;
        sqlx::query!("set local statement_timeout = 0").execute(&mut *change).await?;
        sqlx::query!("set local lock_timeout = 0").execute(&mut *change).await?;
        let done = sqlx::query!(
            "
            update sessions
            set ended_at = now(),
                end_reason = $1
            where ended_at is null
            ",
            reason.as_str(),
        )
        .execute(&mut *change)
        .await?;
        change.commit().await?;
        Ok(done.rows_affected())
    }

    /// Writes also where the session has ended already: only so does the loser of a race see, and answer,
    /// the winner's reason.
    async fn end_where_owned(
        &self,
        id: SessionId,
        owner: Option<MemberId>,
        reason: EndReason,
    ) -> Result<Option<Ending>, StoreError> {
        const OPERATION: &str = "end a session";
        let ended = sqlx::query!(
            r#"
            update sessions
            set ended_at = coalesce(ended_at, now()),
                end_reason = coalesce(end_reason, $3)
            where id = $1
              and ($2::uuid is null or member_id = $2)
            returning
                ended_at = now() as "ended_now!",
                end_reason as "end_reason!"
            "#,
            id.0,
            owner.map(|owner| owner.0),
            reason.as_str(),
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed(OPERATION))?;
        let Some(ended) = ended else { return Ok(None) };
        let standing = read_reason(OPERATION, &ended.end_reason)?;
        Ok(Some(if ended.ended_now { Ending::Now } else { Ending::Before(standing) }))
    }
}

/// Deletes rows that nobody can ask for any more: over for a month, whether or not anybody noticed. At most
/// a few thousand at once. Answers how many.
///
/// # Errors
/// The database could not say.
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
