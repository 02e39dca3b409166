//! Sessions that ended recently, for the sweeper, and whether the live-session store has taken their tombstones.

use domain::session::{
    SessionId,
    ports::{EndedQuery, EndedSession, Ends},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{super::columns::read_reason, PgSessions};

struct EndedRow {
    id: Uuid,
    end_reason: String,
    ended_at: OffsetDateTime,
}

impl PgSessions {
    pub(super) async fn ended_lately(
        &self,
        query: EndedQuery,
    ) -> Result<Vec<EndedSession>, sqlx::Error> {
        let rows = match query.ends {
            Ends::Unclosed => self.unclosed(query).await?,
            Ends::All => self.all_ended(query).await?,
        };
        rows.into_iter()
            .map(|row| {
                let reason = read_reason(&row.end_reason)?;
                Ok(EndedSession { id: SessionId(row.id), reason, ended_at: row.ended_at })
            })
            .collect()
    }

    /// A query of its own: the index `sessions_unclosed` serves no other.
    async fn unclosed(&self, query: EndedQuery) -> Result<Vec<EndedRow>, sqlx::Error> {
        sqlx::query_as!(
            EndedRow,
            r#"
            select id, end_reason as "end_reason!", ended_at as "ended_at!"
            from sessions
            where ended_at > now() - make_interval(secs => $1)
              and closed_at is null
              and ($2::timestamptz is null or (ended_at, id) > ($2, $3))
            order by ended_at, id
            limit $4
            "#,
            query.within.as_secs_f64(),
            query.after.map(|after| after.ended_at),
            query.after.map(|after| after.id.0),
            i64::from(query.limit),
        )
        .fetch_all(&self.database)
        .await
    }

    async fn all_ended(&self, query: EndedQuery) -> Result<Vec<EndedRow>, sqlx::Error> {
        sqlx::query_as!(
            EndedRow,
            r#"
            select id, end_reason as "end_reason!", ended_at as "ended_at!"
            from sessions
            where ended_at > now() - make_interval(secs => $1)
              and ($2::timestamptz is null or (ended_at, id) > ($2, $3))
            order by ended_at, id
            limit $4
            "#,
            query.within.as_secs_f64(),
            query.after.map(|after| after.ended_at),
            query.after.map(|after| after.id.0),
            i64::from(query.limit),
        )
        .fetch_all(&self.database)
        .await
    }

    /// Does not wait for the disk: what a crash loses is closed once more.
    pub(super) async fn note_closed_rows(&self, ids: &[SessionId]) -> Result<(), sqlx::Error> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        sqlx::query!(
            "
            update sessions
            set closed_at = now()
            from (select set_config('synchronous_commit', 'off', true) as setting) as commit
            where id = any($1)
              and ended_at is not null
              and closed_at is null
              and commit.setting = 'off'
            ",
            &ids[..],
        )
        .execute(&self.database)
        .await
        .map(drop)
    }
}
