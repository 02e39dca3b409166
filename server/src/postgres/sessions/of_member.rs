//! A member's open sessions, for changes that concern them all: ended by the change, or going on and named.

use domain::session::{
    EndReason, MemberId, SessionId,
    ports::{Affected, NAMED_MAX},
};
use sqlx::{Error, PgExecutor};
use uuid::Uuid;

struct AffectedRow {
    count: i64,
    named: Vec<Uuid>,
}

impl AffectedRow {
    fn read(self) -> Affected {
        Affected {
            count: self.count.unsigned_abs(),
            named: self.named.into_iter().map(SessionId).collect(),
        }
    }
}

/// Ends all of them, or all except `kept`.
pub(in crate::postgres) async fn end_sessions(
    executor: impl PgExecutor<'_>,
    member_id: MemberId,
    kept: Option<SessionId>,
    reason: EndReason,
) -> Result<Affected, Error> {
    sqlx::query_as!(
        AffectedRow,
        r#"
        with ended as (
            update sessions
            set ended_at = now(),
                end_reason = $3
            where member_id = $1
              and ($2::uuid is null or id <> $2)
              and ended_at is null
            returning id, last_seen_at
        )
        select
            (select count(*) from ended) as "count!",
            array(select id from ended order by last_seen_at desc limit $4) as "named!"
        "#,
        member_id.0,
        kept.map(|kept| kept.0),
        reason.as_str(),
        NAMED_MAX as i64,
    )
    .fetch_one(executor)
    .await
    .map(AffectedRow::read)
}

/// Reads all of them.
pub(in crate::postgres) async fn open_sessions(
    executor: impl PgExecutor<'_>,
    member_id: MemberId,
) -> Result<Affected, Error> {
    sqlx::query_as!(
        AffectedRow,
        r#"
        with open as (
            select id, last_seen_at
            from sessions
            where member_id = $1
              and ended_at is null
        )
        select
            (select count(*) from open) as "count!",
            array(select id from open order by last_seen_at desc limit $2) as "named!"
        "#,
        member_id.0,
        NAMED_MAX as i64,
    )
    .fetch_one(executor)
    .await
    .map(AffectedRow::read)
}
