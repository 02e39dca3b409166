//! Session rows: the truth about which sessions exist, their generation, and their end. Ages are measured here, by the
//! database's clock, the only one that all instances share.

mod advance;
mod ended;
mod of_member;
mod rows;
mod start;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    StoreError,
    account::member::MemberId,
    session::{
        EndReason, ListedSession, SessionId, SessionRow, StoredSession,
        ports::{
            Affected, EndedQuery, EndedSession, Ending, ListQuery, NewSession, RowUpdate, Sessions,
            Started, UpdateOutcome,
        },
    },
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

use self::rows::{ListedRow, Row};
pub(super) use self::{
    of_member::{end_sessions, open_sessions},
    rows::{persistence, seconds},
};
use super::{Database, POOL_SIZE, columns::read_reason, database::ACQUIRE_TIMEOUT, failed};

/// Enough for many millions of rows.
const END_ALL_TIMEOUT: Duration = Duration::from_secs(3600);

/// The table `sessions`.
#[derive(Debug, Clone)]
pub struct PgSessions {
    database: Database,
    refreshes: Arc<Semaphore>,
}

impl PgSessions {
    /// The table of this database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        let half = usize::try_from(POOL_SIZE / 2).unwrap_or(1);
        Self { database, refreshes: Arc::new(Semaphore::new(half)) }
    }

    /// Takes a share of the pool, so that refreshes, however many, leave connections for everything else.
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
    async fn start(&self, new: &NewSession, open_max: u32) -> Result<Option<Started>, StoreError> {
        self.start_and_make_room(new, open_max).await.map_err(failed("start a session"))
    }

    async fn find(&self, id: SessionId) -> Result<Option<StoredSession>, StoreError> {
        sqlx::query_as!(
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
        .fetch_optional(&self.database)
        .await
        .and_then(|row| row.map(Row::read).transpose())
        .map_err(failed("read a session"))
    }

    async fn find_to_refresh(&self, id: SessionId) -> Result<Option<StoredSession>, StoreError> {
        let _share = self.share().await?;
        self.find(id).await
    }

    async fn confirm(&self, row: &SessionRow) -> Result<bool, StoreError> {
        self.confirm_row(row).await.map_err(failed("confirm a session"))
    }

    async fn advance(&self, update: RowUpdate<'_>) -> Result<UpdateOutcome, StoreError> {
        let _share = self.share().await?;
        self.advance_row(update).await.map_err(failed("advance a session"))
    }

    async fn end(&self, id: SessionId, reason: EndReason) -> Result<Option<Ending>, StoreError> {
        self.end_where_owned(id, None, reason).await.map_err(failed("end a session"))
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
            i64::from(row.state.generation),
            row.seen_at,
            reason.as_str(),
        )
        .execute(&self.database)
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
        self.end_where_owned(id, Some(member_id), reason).await.map_err(failed("end a session"))
    }

    async fn end_others_of(
        &self,
        member_id: MemberId,
        kept: SessionId,
        reason: EndReason,
    ) -> Result<Affected, StoreError> {
        end_sessions(&self.database, member_id, Some(kept), reason)
            .await
            .map_err(failed("end a member's other sessions"))
    }

    async fn end_all(&self, reason: EndReason) -> Result<u64, StoreError> {
        self.end_every_row(reason).await.map_err(failed("end all sessions"))
    }

    async fn list_of(
        &self,
        member_id: MemberId,
        query: ListQuery,
    ) -> Result<Vec<ListedSession>, StoreError> {
        sqlx::query_as!(
            ListedRow,
            r#"
            select
                id,
                user_agent,
                host(ip) as ip,
                created_at,
                last_seen_at,
                greatest(extract(epoch from now() - last_seen_at), 0)::float8 as "seen_ago!",
                idle_seconds,
                greatest(extract(epoch from absolute_end - now()), 0)::float8 as "remaining!",
                remembered,
                replays_from_elsewhere
            from sessions
            where member_id = $1
              and ended_at is null
              and (
                  id = $2
                  or (
                      ($3::timestamptz is null or (last_seen_at, id) < ($3, $4))
                      and absolute_end > now()
                      and last_seen_at + make_interval(secs => idle_seconds) + make_interval(secs => $5) >= now()
                  )
              )
            order by id = $2 desc, last_seen_at desc, id desc
            limit $6
            "#,
            member_id.0,
            query.first.0,
            query.before.map(|place| place.seen_at),
            query.before.map(|place| place.id.0),
            query.idle_slack.as_secs_f64(),
            i64::from(query.limit),
        )
        .fetch_all(&self.database)
        .await
        .and_then(|rows| rows.into_iter().map(ListedRow::read).collect())
        .map_err(failed("list a member's sessions"))
    }

    async fn ended(&self, query: EndedQuery) -> Result<Vec<EndedSession>, StoreError> {
        self.ended_lately(query).await.map_err(failed("read which sessions ended lately"))
    }

    async fn note_closed(&self, ids: &[SessionId]) -> Result<(), StoreError> {
        self.note_closed_rows(ids).await.map_err(failed("note which sessions are closed"))
    }
}

impl PgSessions {
    /// Ends all in one statement, with more time than one member's rows have.
    async fn end_every_row(&self, reason: EndReason) -> Result<u64, sqlx::Error> {
        let mut change = self.database.begin_within(END_ALL_TIMEOUT).await?;
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

    /// Writes even if the session has ended already, so that the loser of a race sees, and returns, the winner's
    /// reason.
    async fn end_where_owned(
        &self,
        id: SessionId,
        owner: Option<MemberId>,
        reason: EndReason,
    ) -> Result<Option<Ending>, sqlx::Error> {
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
        .fetch_optional(&self.database)
        .await?;
        let Some(ended) = ended else { return Ok(None) };
        let standing = read_reason(&ended.end_reason)?;
        Ok(Some(if ended.ended_now { Ending::Now } else { Ending::Before(standing) }))
    }
}
