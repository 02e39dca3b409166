//! Live sessions in Postgres: one record for each session, or a tombstone in its place, in an unlogged table. Each
//! operation is one statement, atomic by the row that it locks, and reads Postgres' clock. A record that has expired
//! counts as absent, whether or not it has been deleted.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    StoreError,
    session::{
        EndReason, Lifetimes, LiveSession, MemberId, SessionId,
        ports::{CheckMode, Checked, LiveSessions, Opened},
    },
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Database,
    columns::{malformed, read_reason, read_role},
    failed,
};
use crate::live_sessions::RecordLifetimes;

/// The table `live_sessions`.
#[derive(Debug, Clone)]
pub struct PgLiveSessions {
    database: Database,
    lifetimes: RecordLifetimes,
}

impl PgLiveSessions {
    /// The table of this database.
    #[must_use]
    pub fn new(database: Database, lifetimes: &Lifetimes) -> Self {
        Self { database, lifetimes: RecordLifetimes::new(lifetimes) }
    }
}

#[async_trait]
impl LiveSessions for PgLiveSessions {
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError> {
        const OPERATION: &str = "open a live session";
        // Always update, even to the same values. In READ COMMITTED, `on conflict do update … where false` returns no
        // row, so an open that waited for a close would miss its tombstone.
        let stands = sqlx::query!(
            r#"
            with opened as (
                insert into live_sessions as known (
                    id, member_id, role, authority_version, authenticated_at, absolute_end,
                    newest_generation, expires_at
                )
                select $1, $2, $3, $4, $5, $6, $7, least(now() + make_interval(secs => $8), $6)
                where $6::timestamptz > now()
                on conflict (id) do update
                set (
                    member_id, role, authority_version, authenticated_at, absolute_end,
                    newest_generation, end_reason, expires_at
                ) = (
                    -- A tombstone refuses, and another member's record is left alone.
                    select
                        known.member_id, known.role, known.authority_version, known.authenticated_at,
                        known.absolute_end, known.newest_generation, known.end_reason, known.expires_at
                    where known.expires_at > now()
                      and (known.end_reason is not null or known.member_id <> excluded.member_id)
                    union all
                    -- A higher authority version stays: this open may be older than a change of role.
                    select
                        excluded.member_id,
                        case
                            when known.authority_version > excluded.authority_version then known.role
                            else excluded.role
                        end,
                        greatest(known.authority_version, excluded.authority_version),
                        excluded.authenticated_at,
                        excluded.absolute_end,
                        greatest(known.newest_generation, excluded.newest_generation),
                        null,
                        excluded.expires_at
                    where known.expires_at > now()
                      and known.end_reason is null
                      and known.member_id = excluded.member_id
                    union all
                    -- An expired record counts as absent.
                    select
                        excluded.member_id, excluded.role, excluded.authority_version,
                        excluded.authenticated_at, excluded.absolute_end, excluded.newest_generation,
                        null, excluded.expires_at
                    where known.expires_at <= now()
                )
                returning known.member_id, known.end_reason
            )
            select member_id, end_reason
            from opened
            union all
            select
                $2,
                coalesce(
                    (select end_reason from live_sessions where id = $1 and expires_at > now()),
                    'absolute'
                )
            where not exists (select from opened)
            "#,
            id.0,
            session.member_id.0,
            session.role.as_str(),
            session.authority_version,
            session.authenticated_at,
            session.absolute_end,
            i64::from(session.newest_generation),
            self.lifetimes.idle.as_secs_f64(),
        )
        .fetch_one(&self.database)
        .await
        .map_err(failed(OPERATION))?;
        match stands.end_reason {
            Some(name) => read_reason(&name).map(Opened::Ended).map_err(failed(OPERATION)),
            None if stands.member_id == Some(session.member_id.0) => Ok(Opened::Live),
            None => Err(StoreError::new(OPERATION, "the record is another member's")),
        }
    }

    async fn check(&self, id: SessionId, mode: CheckMode) -> Result<Checked, StoreError> {
        let (generation, extend_after) = self.lifetimes.of(mode);
        // Writes only if there is something to extend or to note, which is rare. An update never creates a record, and
        // one that waited for a close finds the tombstone and leaves it alone.
        sqlx::query_as!(
            Record,
            r#"
            with known as (
                select *
                from live_sessions
                where id = $1
                  and expires_at > now()
            ),
            touched as (
                update live_sessions
                set newest_generation = greatest(newest_generation, $2),
                    expires_at = case
                        when expires_at < now() + make_interval(secs => $4)
                        then least(now() + make_interval(secs => $3), absolute_end)
                        else expires_at
                    end
                where id = $1
                  and expires_at > now()
                  and end_reason is null
                  and (
                      newest_generation < $2
                      or expires_at < least(now() + make_interval(secs => $4), absolute_end)
                  )
                returning *
            ),
            current as (
                select *
                from touched
                union all
                select *
                from known
                where not exists (select from touched)
            )
            select
                end_reason,
                member_id,
                role,
                authority_version,
                authenticated_at,
                absolute_end,
                newest_generation,
                extract(epoch from expires_at - now())::float8 as "left!",
                (
                    expires_at = least(now() + make_interval(secs => $3), absolute_end)
                    and expires_at > (select expires_at from known)
                ) as "is_extended!"
            from current
            "#,
            id.0,
            i64::from(generation),
            self.lifetimes.idle.as_secs_f64(),
            (self.lifetimes.idle - extend_after).as_secs_f64(),
        )
        .fetch_optional(&self.database)
        .await
        .and_then(|record| record.map_or(Ok(Checked::Absent), Record::read))
        .map_err(failed("check a live session"))
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        sqlx::query!(
            "
            insert into live_sessions (id, end_reason, expires_at)
            values ($1, $2, now() + make_interval(secs => $3))
            on conflict (id) do update
            set member_id = null,
                role = null,
                authority_version = null,
                authenticated_at = null,
                absolute_end = null,
                newest_generation = null,
                end_reason = excluded.end_reason,
                expires_at = excluded.expires_at
            ",
            id.0,
            reason.as_str(),
            self.lifetimes.tombstone.as_secs_f64(),
        )
        .execute(&self.database)
        .await
        .map(drop)
        .map_err(failed("close a live session"))
    }
}

/// A record as Postgres returns it: a tombstone has a reason and nothing else.
struct Record {
    end_reason: Option<String>,
    member_id: Option<Uuid>,
    role: Option<String>,
    authority_version: Option<i64>,
    authenticated_at: Option<OffsetDateTime>,
    absolute_end: Option<OffsetDateTime>,
    newest_generation: Option<i64>,
    left: f64,
    is_extended: bool,
}

impl Record {
    fn read(self) -> Result<Checked, sqlx::Error> {
        if let Some(name) = self.end_reason {
            return read_reason(&name).map(Checked::Ended);
        }
        let missing = |column| move || malformed(column);
        let generation = self.newest_generation.and_then(|value| value.try_into().ok());
        let session = LiveSession {
            member_id: self.member_id.map(MemberId).ok_or_else(missing("member_id"))?,
            role: read_role(self.role.as_deref().unwrap_or_default())?,
            authority_version: self.authority_version.ok_or_else(missing("authority_version"))?,
            authenticated_at: self.authenticated_at.ok_or_else(missing("authenticated_at"))?,
            absolute_end: self.absolute_end.ok_or_else(missing("absolute_end"))?,
            newest_generation: generation.ok_or_else(missing("newest_generation"))?,
        };
        let idle_left =
            Duration::try_from_secs_f64(self.left).map_err(|_| malformed("expires_at"))?;
        Ok(Checked::Live { session, idle_left, is_extended: self.is_extended })
    }
}
