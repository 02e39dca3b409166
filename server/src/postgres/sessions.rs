//! Session rows: the truth about which sessions exist, their generation, and their end. Ages are measured
//! here, by the database's clock, the one that all instances share.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    member::{MemberId, Role},
    ports::{Advance, Advanced, Ending, NewSession, Sessions, StoreError},
    rotation::Move,
    session::{
        Client, EndReason, ListedSession, Persistence, Salt, SessionId, SessionRow, StoredSession,
    },
};
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};
use uuid::Uuid;

use super::{ACQUIRE_TIMEOUT, POOL_SIZE, failed, malformed};

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

    /// May be lost in a crash: the token that was answered then proves its generation, and "ahead" heals
    /// the row. So nobody waits for the disk, which is most of what a rotation would cost.
    async fn move_on(&self, advance: Advance<'_>) -> Result<Advanced, sqlx::Error> {
        let Advance { row, answered, client, .. } = advance;
        let done = sqlx::query!(
            "
            update sessions
            set generation = $3,
                rotated_at = now(),
                last_seen_at = now(),
                user_agent = left($4, 512),
                ip = $5::text::inet
            from (select set_config('synchronous_commit', 'off', true) as setting) as commit
            where id = $1
              and generation = $2
              and generation < $3
              and ended_at is null
              and commit.setting = 'off'
            ",
            row.id.0,
            i64::from(row.generation),
            i64::from(answered),
            client.user_agent,
            client.ip.map(|ip| ip.to_string()),
        )
        .execute(&self.pool)
        .await?;
        Ok(if done.rows_affected() == 1 { Advanced::Done } else { Advanced::Not })
    }

    /// Must not be lost: a thief could be answered late once more. Nor may another late replay have come in
    /// between: both would be forgiven as the first.
    async fn mark_late_replay(&self, advance: Advance<'_>) -> Result<Advanced, sqlx::Error> {
        let Advance { row, client, .. } = advance;
        let from_elsewhere = sqlx::query_scalar!(
            r#"
            with session as (
                select (user_agent, ip) is distinct from (left($4, 512), $5::text::inet) as from_elsewhere
                from sessions
                where id = $1
            )
            update sessions
            set late_replay_generation = generation,
                rotated_at = now(),
                last_seen_at = now(),
                replays_from_elsewhere = replays_from_elsewhere + session.from_elsewhere::integer
            from session
            where id = $1
              and generation = $2
              and last_seen_at = $3
              and ended_at is null
            returning session.from_elsewhere as "from_elsewhere!"
            "#,
            row.id.0,
            i64::from(row.generation),
            row.seen_at,
            client.user_agent,
            client.ip.map(|ip| ip.to_string()),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(from_elsewhere.map_or(Advanced::Not, done))
    }

    /// Must not be lost: its answer may be under way longer than grace, and what it answers is not rotated
    /// before that has landed. Noted a moment ago is noted well enough, so that a storm of replays writes next to
    /// nothing; but what has to be noted and cannot be, because the row has just moved on, is not answered.
    async fn mark_replay(&self, advance: Advance<'_>) -> Result<Advanced, sqlx::Error> {
        let Advance { row, client, .. } = advance;
        let from_elsewhere = sqlx::query_scalar!(
            r#"
            with session as (
                select
                    last_seen_at < now() - interval '200 milliseconds' as is_due,
                    (user_agent, ip) is distinct from (left($3, 512), $4::text::inet) as from_elsewhere
                from sessions
                where id = $1
                  and generation = $2
                  and ended_at is null
            ),
            noted as (
                update sessions
                set last_seen_at = now(),
                    replays_from_elsewhere = replays_from_elsewhere + session.from_elsewhere::integer
                from session
                where id = $1
                  and generation = $2
                  and ended_at is null
                  and (session.is_due or session.from_elsewhere)
                returning id
            )
            select from_elsewhere as "from_elsewhere!"
            from session
            where not (is_due or from_elsewhere)
               or exists (select from noted)
            "#,
            row.id.0,
            i64::from(row.generation),
            client.user_agent,
            client.ip.map(|ip| ip.to_string()),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(from_elsewhere.map_or(Advanced::Not, done))
    }

    /// Nothing has to be written: only that the row has neither moved on nor ended is confirmed.
    async fn confirm(&self, advance: Advance<'_>) -> Result<Advanced, sqlx::Error> {
        let row = advance.row;
        let stands = sqlx::query_scalar!(
            r#"
            select exists (
                select
                from sessions
                where id = $1
                  and generation = $2
                  and ended_at is null
            ) as "stands!"
            "#,
            row.id.0,
            i64::from(row.generation),
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(if stands { Advanced::Done } else { Advanced::Not })
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

fn done(from_elsewhere: bool) -> Advanced {
    if from_elsewhere { Advanced::DoneFromElsewhere } else { Advanced::Done }
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

    async fn advance(&self, advance: Advance<'_>) -> Result<Advanced, StoreError> {
        let _share = self.share().await?;
        let advanced = match advance.by {
            Move::Rotate | Move::Ahead => self.move_on(advance).await,
            Move::LateReplay => self.mark_late_replay(advance).await,
            Move::Replay => self.mark_replay(advance).await,
            Move::Renew => self.confirm(advance).await,
        };
        advanced.map_err(failed("advance a session"))
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
        let done = sqlx::query!(
            "
            update sessions
            set ended_at = now(),
                end_reason = $1
            where ended_at is null
            ",
            reason.as_str(),
        )
        .execute(&self.pool)
        .await
        .map_err(failed("end all sessions"))?;
        Ok(done.rows_affected())
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

fn read_reason(operation: &'static str, name: &str) -> Result<EndReason, StoreError> {
    EndReason::from_name(name).ok_or_else(|| malformed(operation, "end_reason"))
}

/// A row as Postgres gives it; ages in seconds.
struct Row {
    id: Uuid,
    member_id: Option<Uuid>,
    role: Option<String>,
    authority_version: Option<i64>,
    salt: Vec<u8>,
    created_at: OffsetDateTime,
    absolute_end: OffsetDateTime,
    remaining: f64,
    idle_seconds: i32,
    remembered: bool,
    generation: i64,
    rotated_ago: f64,
    last_seen_at: OffsetDateTime,
    seen_ago: f64,
    late_replay_generation: Option<i64>,
    end_reason: Option<String>,
}

impl Row {
    fn read(self, operation: &'static str) -> Result<StoredSession, StoreError> {
        if let Some(name) = &self.end_reason {
            let salt = read_salt(operation, self.salt)?;
            return Ok(StoredSession::Ended { salt, reason: read_reason(operation, name)? });
        }
        self.read_open(operation).map(StoredSession::Open)
    }

    fn read_open(self, operation: &'static str) -> Result<SessionRow, StoreError> {
        let generation = |value: i64, column: &str| {
            u32::try_from(value).map_err(|_| malformed(operation, column))
        };
        let (Some(member_id), Some(role), Some(authority_version)) =
            (self.member_id, self.role, self.authority_version)
        else {
            return Err(malformed(operation, "member_id"));
        };
        Ok(SessionRow {
            id: SessionId(self.id),
            member_id: MemberId(member_id),
            role: Role::from_name(&role).ok_or_else(|| malformed(operation, "role"))?,
            authority_version,
            salt: read_salt(operation, self.salt)?,
            created_at: self.created_at,
            absolute_end: self.absolute_end,
            remaining: seconds(operation, self.remaining, "absolute_end")?,
            idle_timeout: idle_timeout(operation, self.idle_seconds)?,
            persistence: persistence(self.remembered),
            generation: generation(self.generation, "generation")?,
            rotated_ago: seconds(operation, self.rotated_ago, "rotated_at")?,
            seen_at: self.last_seen_at,
            seen_ago: seconds(operation, self.seen_ago, "last_seen_at")?,
            late_replay: self
                .late_replay_generation
                .map(|value| generation(value, "late_replay_generation"))
                .transpose()?,
        })
    }
}

/// A row of the member's list; ages in seconds.
struct ListedRow {
    id: Uuid,
    user_agent: String,
    ip: Option<String>,
    created_at: OffsetDateTime,
    seen_ago: f64,
    idle_seconds: i32,
    remaining: f64,
    remembered: bool,
    replays_from_elsewhere: i32,
}

impl ListedRow {
    fn read(self, operation: &'static str) -> Result<ListedSession, StoreError> {
        Ok(ListedSession {
            id: SessionId(self.id),
            client: Client {
                user_agent: self.user_agent,
                ip: self.ip.and_then(|ip| ip.parse().ok()),
            },
            created_at: self.created_at,
            seen_ago: seconds(operation, self.seen_ago, "last_seen_at")?,
            idle_timeout: idle_timeout(operation, self.idle_seconds)?,
            remaining: seconds(operation, self.remaining, "absolute_end")?,
            persistence: persistence(self.remembered),
            replays_from_elsewhere: u32::try_from(self.replays_from_elsewhere)
                .map_err(|_| malformed(operation, "replays_from_elsewhere"))?,
        })
    }
}

fn read_salt(operation: &'static str, salt: Vec<u8>) -> Result<Salt, StoreError> {
    salt.try_into().map(Salt).map_err(|_| malformed(operation, "salt"))
}

fn seconds(operation: &'static str, value: f64, column: &str) -> Result<Duration, StoreError> {
    Duration::try_from_secs_f64(value).map_err(|_| malformed(operation, column))
}

fn idle_timeout(operation: &'static str, seconds: i32) -> Result<Duration, StoreError> {
    let seconds = u64::try_from(seconds).map_err(|_| malformed(operation, "idle_seconds"))?;
    Ok(Duration::from_secs(seconds))
}

fn persistence(remembered: bool) -> Persistence {
    if remembered { Persistence::Remembered } else { Persistence::Browser }
}
