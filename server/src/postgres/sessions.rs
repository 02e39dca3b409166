//! Session rows: the truth about which sessions exist, their generation, and their end. Ages are measured
//! here, by the database's clock, the one that all instances share.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    member::{MemberId, Role},
    ports::{Advance, NewSession, Sessions, StoreError},
    session::{EndReason, Persistence, Salt, SessionId, SessionRow},
};
use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{failed, malformed};

/// The table `sessions`.
#[derive(Debug, Clone)]
pub struct PgSessions {
    pool: PgPool,
}

impl PgSessions {
    /// The table in the pool's database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// May be lost in a crash: the token that was answered then proves its generation, and "ahead" heals
    /// the row. So nobody waits for the disk, which is most of what a rotation would cost.
    async fn rotate(&self, id: SessionId, generation: u32) -> Result<u64, sqlx::Error> {
        let done = sqlx::query!(
            "
            update sessions
            set generation = generation + 1,
                rotated_at = now(),
                last_seen_at = now()
            from (select set_config('synchronous_commit', 'off', true) as setting) as commit
            where id = $1
              and generation = $2
              and ended_at is null
              and commit.setting = 'off'
            ",
            id.0,
            i64::from(generation),
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// Must not be lost: a thief could be answered late once more.
    async fn mark_late_replay(&self, id: SessionId, generation: u32) -> Result<u64, sqlx::Error> {
        let done = sqlx::query!(
            "
            update sessions
            set late_replay_generation = generation,
                rotated_at = now(),
                last_seen_at = now()
            where id = $1
              and generation = $2
              and ended_at is null
            ",
            id.0,
            i64::from(generation),
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    async fn catch_up(&self, id: SessionId, generation: u32, to: u32) -> Result<u64, sqlx::Error> {
        let done = sqlx::query!(
            "
            update sessions
            set generation = $3,
                rotated_at = now(),
                last_seen_at = now()
            where id = $1
              and generation = $2
              and generation < $3
              and ended_at is null
            ",
            id.0,
            i64::from(generation),
            i64::from(to),
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
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
                session.member_id as "member_id!",
                member.role as "role!",
                member.authority_version as "authority_version!",
                session.salt as "salt!",
                session.created_at as "created_at!",
                session.absolute_end as "absolute_end!",
                greatest(extract(epoch from session.absolute_end - now()), 0)::float8 as "remaining!",
                session.idle_seconds as "idle_seconds!",
                session.remembered as "remembered!",
                session.generation as "generation!",
                0::float8 as "rotated_ago!",
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
        row.map(|row| row.read(OPERATION)).transpose()
    }

    async fn find(&self, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
        const OPERATION: &str = "read a session";
        let row = sqlx::query_as!(
            Row,
            r#"
            select
                sessions.id,
                sessions.member_id,
                members.role,
                members.authority_version,
                sessions.salt,
                sessions.created_at,
                sessions.absolute_end,
                greatest(extract(epoch from sessions.absolute_end - now()), 0)::float8 as "remaining!",
                sessions.idle_seconds,
                sessions.remembered,
                sessions.generation,
                greatest(extract(epoch from now() - sessions.rotated_at), 0)::float8 as "rotated_ago!",
                greatest(extract(epoch from now() - sessions.last_seen_at), 0)::float8 as "seen_ago!",
                sessions.late_replay_generation,
                sessions.end_reason
            from sessions
            join members on members.id = sessions.member_id
            where sessions.id = $1
            "#,
            id.0,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed(OPERATION))?;
        row.map(|row| row.read(OPERATION)).transpose()
    }

    async fn advance(
        &self,
        id: SessionId,
        generation: u32,
        advance: Advance,
    ) -> Result<bool, StoreError> {
        let rows = match advance {
            Advance::Rotate => self.rotate(id, generation).await,
            Advance::LateReplay => self.mark_late_replay(id, generation).await,
            Advance::Ahead { to } => self.catch_up(id, generation, to).await,
        };
        rows.map(|rows| rows == 1).map_err(failed("advance a session"))
    }

    async fn end(&self, id: SessionId, reason: EndReason) -> Result<Option<EndReason>, StoreError> {
        const OPERATION: &str = "end a session";
        // Writes also where the session has ended already: only so does the loser of a race see, and
        // answer, the winner's reason.
        let standing = sqlx::query_scalar!(
            r#"
            update sessions
            set ended_at = coalesce(ended_at, now()),
                end_reason = coalesce(end_reason, $2)
            where id = $1
            returning end_reason as "end_reason!"
            "#,
            id.0,
            reason.as_str(),
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(failed(OPERATION))?;
        standing
            .map(|name| {
                EndReason::from_name(&name).ok_or_else(|| malformed(OPERATION, "end_reason"))
            })
            .transpose()
    }
}

/// A row as Postgres gives it; ages in seconds.
struct Row {
    id: Uuid,
    member_id: Uuid,
    role: String,
    authority_version: i64,
    salt: Vec<u8>,
    created_at: OffsetDateTime,
    absolute_end: OffsetDateTime,
    remaining: f64,
    idle_seconds: i32,
    remembered: bool,
    generation: i64,
    rotated_ago: f64,
    seen_ago: f64,
    late_replay_generation: Option<i64>,
    end_reason: Option<String>,
}

impl Row {
    fn read(self, operation: &'static str) -> Result<SessionRow, StoreError> {
        let generation = |value: i64, column: &str| {
            u32::try_from(value).map_err(|_| malformed(operation, column))
        };
        let seconds = |value: f64, column: &str| {
            Duration::try_from_secs_f64(value).map_err(|_| malformed(operation, column))
        };
        let salt = self.salt.try_into().map_err(|_| malformed(operation, "salt"))?;
        let idle_seconds =
            u64::try_from(self.idle_seconds).map_err(|_| malformed(operation, "idle_seconds"))?;
        Ok(SessionRow {
            id: SessionId(self.id),
            member_id: MemberId(self.member_id),
            role: Role::from_name(&self.role).ok_or_else(|| malformed(operation, "role"))?,
            authority_version: self.authority_version,
            salt: Salt(salt),
            created_at: self.created_at,
            absolute_end: self.absolute_end,
            remaining: seconds(self.remaining, "absolute_end")?,
            idle_timeout: Duration::from_secs(idle_seconds),
            persistence: if self.remembered {
                Persistence::Remembered
            } else {
                Persistence::Browser
            },
            generation: generation(self.generation, "generation")?,
            rotated_ago: seconds(self.rotated_ago, "rotated_at")?,
            seen_ago: seconds(self.seen_ago, "last_seen_at")?,
            late_replay: self
                .late_replay_generation
                .map(|value| generation(value, "late_replay_generation"))
                .transpose()?,
            ended: self
                .end_reason
                .map(|name| {
                    EndReason::from_name(&name).ok_or_else(|| malformed(operation, "end_reason"))
                })
                .transpose()?,
        })
    }
}
