//! The beginning of a session's row, and the maximum that a member may have. One transaction of two statements, in this
//! order: the first holds the member's row and inserts the session's; the second ends the excess. By then every log-in
//! that held the member's row before has committed, so the second statement sees its session. A single statement would
//! see the table as it was before it waited.

use domain::session::{
    EndReason, Persistence, SessionId, SessionRow,
    ports::{NAMED_MAX, NewSession, Started},
};
use sqlx::Error;

use super::{super::database::TimedConnection, PgSessions, rows::Row};

impl PgSessions {
    pub(super) async fn start_and_make_room(
        &self,
        new: &NewSession,
        open_max: u32,
    ) -> Result<Option<Started>, Error> {
        let mut change = self.database.begin().await?;
        let Some(row) = insert(&mut change, new).await? else { return Ok(None) };
        let displaced = make_room(&mut change, &row, open_max).await?;
        change.commit().await?;
        Ok(Some(Started { row, displaced }))
    }
}

async fn insert(
    change: &mut TimedConnection,
    new: &NewSession,
) -> Result<Option<SessionRow>, Error> {
    let idle_seconds =
        i32::try_from(new.idle_timeout.as_secs()).map_err(|error| Error::Encode(error.into()))?;
    // The member's row is held until the session's is there: a change of password or standing either comes first,
    // and then there is no session, or sees the session and ends it. Two log-ins of one member wait for each other.
    sqlx::query_as!(
        Row,
        r#"
        with member as (
            select id, role, authority_version
            from members
            where id = $2
              and authority_version = $3
              and standing = 'active'
            for no key update
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
        new.authority_version,
        &new.salt.0[..],
        new.absolute_timeout.as_secs_f64(),
        idle_seconds,
        new.persistence == Persistence::Remembered,
        new.client.user_agent,
        new.client.ip.map(|ip| ip.to_string()),
    )
    .fetch_optional(change)
    .await
    .and_then(|row| row.map(Row::read_open).transpose())
}

/// Ends sessions past their timeouts, then the oldest. Never the new one, though it may have waited for younger ones.
async fn make_room(
    change: &mut TimedConnection,
    new: &SessionRow,
    open_max: u32,
) -> Result<Vec<SessionId>, Error> {
    let displaced = sqlx::query_scalar!(
        "
        update sessions
        set ended_at = now(),
            end_reason = $2
        where ended_at is null
          and id in (
              select id
              from sessions
              where member_id = $1
                and id <> $5
                and ended_at is null
              order by
                  absolute_end <= now() or last_seen_at + make_interval(secs => idle_seconds) < now(),
                  created_at desc,
                  id desc
              offset $3
              limit $4
          )
        returning id
        ",
        new.member_id.0,
        EndReason::Revoked.as_str(),
        i64::from(open_max.saturating_sub(1)),
        NAMED_MAX as i64,
        new.id.0,
    )
    .fetch_all(change)
    .await?;
    Ok(displaced.into_iter().map(SessionId).collect())
}
