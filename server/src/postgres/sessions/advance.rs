//! The conditional statement with which each refresh takes effect: it changes the row, or confirms that it has not
//! changed. Either way the member's authority has to be the one that was read with the row: either the change of
//! authority finds the session live and renews the record, or this statement finds the authority changed and the
//! refresh starts again.

use domain::session::{
    SessionRow,
    ports::{RowUpdate, UpdateOutcome},
    rotation::RefreshKind,
};

use super::PgSessions;

impl PgSessions {
    pub(super) async fn advance_row(
        &self,
        update: RowUpdate<'_>,
    ) -> Result<UpdateOutcome, sqlx::Error> {
        match update.kind {
            RefreshKind::Rotate | RefreshKind::Ahead => self.move_on(update).await,
            RefreshKind::LateReplay => self.mark_late_replay(update).await,
            RefreshKind::Replay => self.mark_replay(update).await,
            RefreshKind::Renew => {
                let stands = self.confirm_row(update.row).await?;
                Ok(if stands { UpdateOutcome::Done } else { UpdateOutcome::Conflict })
            }
        }
    }

    /// May be lost in a crash: the token that was answered then proves its generation, and "ahead" heals the row. So it
    /// does not wait for the disk, which is most of the cost of a rotation.
    async fn move_on(&self, update: RowUpdate<'_>) -> Result<UpdateOutcome, sqlx::Error> {
        let RowUpdate { row, client, .. } = update;
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
              and (select authority_version from members where id = sessions.member_id) = $6
              and commit.setting = 'off'
            ",
            row.id.0,
            i64::from(row.state.generation),
            i64::from(update.answered()),
            client.user_agent,
            client.ip.map(|ip| ip.to_string()),
            row.authority_version,
        )
        .execute(&self.database)
        .await?;
        Ok(if done.rows_affected() == 1 { UpdateOutcome::Done } else { UpdateOutcome::Conflict })
    }

    /// Must not be lost, or a thief could get another late replay. Nor may another late replay have come in between, or
    /// both would be forgiven as the first.
    async fn mark_late_replay(&self, update: RowUpdate<'_>) -> Result<UpdateOutcome, sqlx::Error> {
        let RowUpdate { row, client, .. } = update;
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
              and (select authority_version from members where id = sessions.member_id) = $6
            returning session.from_elsewhere as "from_elsewhere!"
            "#,
            row.id.0,
            i64::from(row.state.generation),
            row.seen_at,
            client.user_agent,
            client.ip.map(|ip| ip.to_string()),
            row.authority_version,
        )
        .fetch_optional(&self.database)
        .await?;
        Ok(from_elsewhere.map_or(UpdateOutcome::Conflict, done))
    }

    /// Must not be lost: its answer may be in flight for longer than grace, and must arrive before its generation is
    /// rotated. A replay noted within the last 200 ms need not be noted again, since the browser's timeout
    /// (`answer_within`) allows for it, so a storm of replays writes next to nothing. A replay that has to be noted and
    /// cannot be, because the row has just changed, is a conflict.
    async fn mark_replay(&self, update: RowUpdate<'_>) -> Result<UpdateOutcome, sqlx::Error> {
        let RowUpdate { row, client, .. } = update;
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
                  and (select authority_version from members where id = sessions.member_id) = $5
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
            i64::from(row.state.generation),
            client.user_agent,
            client.ip.map(|ip| ip.to_string()),
            row.authority_version,
        )
        .fetch_optional(&self.database)
        .await?;
        Ok(from_elsewhere.map_or(UpdateOutcome::Conflict, done))
    }

    /// Writes nothing: confirms that the row has neither changed nor ended, and that the authority is still the one in
    /// the live session.
    pub(super) async fn confirm_row(&self, row: &SessionRow) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select exists (
                select
                from sessions
                where id = $1
                  and generation = $2
                  and ended_at is null
                  and (select authority_version from members where id = sessions.member_id) = $3
            ) as "stands!"
            "#,
            row.id.0,
            i64::from(row.state.generation),
            row.authority_version,
        )
        .fetch_one(&self.database)
        .await
    }
}

fn done(from_elsewhere: bool) -> UpdateOutcome {
    if from_elsewhere { UpdateOutcome::DoneFromElsewhere } else { UpdateOutcome::Done }
}
