//! Sessions in Postgres: one row a session, its data one JSON value. Each use moves the idle timeout, which is a write:
//! on every request, or only once a while has passed.

use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use server::postgres::Database;
use sqlx::types::Json;
use time::OffsetDateTime;
use tokio::time::{MissedTickBehavior, interval};
use tower_sessions::{
    SessionManagerLayer, SessionStore,
    session::{Id, Record},
    session_store,
};
use uuid::Uuid;

use super::server_side;
use crate::site::{Members, Settings, members::prepare_table};

/// The time that may pass before a use is written; less if the idle timeout is short.
const UNWRITTEN: Duration = Duration::from_secs(60);
const CLEARING: Duration = Duration::from_secs(60);

/// When a use is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    EveryRequest,
    OnceAMinute,
}

/// Creates the table.
pub(super) async fn prepare(members: &Members) -> sqlx::Result<()> {
    prepare_table(
        members.database(),
        // With room on the page and no index on what changes, a use touches no index. What has expired is found by
        // reading the table, once a minute.
        "
        create table if not exists lab_sessions (
            id uuid primary key,
            data jsonb not null,
            expires_at timestamptz not null
        )
        with (fillfactor = 70)
        ",
    )
    .await
}

pub(super) fn site(settings: &Settings, touch: Touch) -> anyhow::Result<Router> {
    let members = settings.members()?;
    let database = members.database().clone();
    tokio::spawn(clear_expired(database.clone()));
    let sessions = Sessions { database, touch, ttl: settings.session_ttl };
    Ok(server_side::site(members, SessionManagerLayer::new(sessions)))
}

#[derive(Debug, Clone)]
struct Sessions {
    database: Database,
    touch: Touch,
    ttl: Duration,
}

type Data = Json<std::collections::HashMap<String, serde_json::Value>>;

impl Sessions {
    async fn read_and_touch(&self, id: &Id) -> sqlx::Result<Option<Data>> {
        sqlx::query_scalar(
            "
            update lab_sessions
            set expires_at = now() + $2
            where id = $1
              and expires_at > now()
            returning data
            ",
        )
        .bind(column(id))
        .bind(self.ttl)
        .fetch_optional(&self.database)
        .await
    }

    async fn read_and_touch_if_due(&self, id: &Id) -> sqlx::Result<Option<Data>> {
        let read: Option<(Data, bool)> = sqlx::query_as(
            "
            select data, expires_at < now() + $2
            from lab_sessions
            where id = $1
              and expires_at > now()
            ",
        )
        .bind(column(id))
        .bind(self.ttl - UNWRITTEN.min(self.ttl / 2))
        .fetch_optional(&self.database)
        .await?;
        match read {
            Some((_, true)) => self.read_and_touch(id).await,
            Some((data, false)) => Ok(Some(data)),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        loop {
            let created = sqlx::query(
                "
                insert into lab_sessions (id, data, expires_at)
                values ($1, $2, now() + $3)
                on conflict (id) do nothing
                ",
            )
            .bind(column(&record.id))
            .bind(Json(&record.data))
            .bind(self.ttl)
            .execute(&self.database)
            .await
            .map_err(failed)?;
            if created.rows_affected() == 1 {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        // Not if a log-out has deleted it meanwhile.
        sqlx::query(
            "
            update lab_sessions
            set data = $2,
                expires_at = now() + $3
            where id = $1
              and expires_at > now()
            ",
        )
        .bind(column(&record.id))
        .bind(Json(&record.data))
        .bind(self.ttl)
        .execute(&self.database)
        .await
        .map(drop)
        .map_err(failed)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let data = match self.touch {
            Touch::EveryRequest => self.read_and_touch(id).await,
            Touch::OnceAMinute => self.read_and_touch_if_due(id).await,
        };
        let record = |Json(data)| Record {
            id: *id,
            data,
            expiry_date: OffsetDateTime::now_utc() + self.ttl,
        };
        Ok(data.map_err(failed)?.map(record))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        sqlx::query("delete from lab_sessions where id = $1")
            .bind(column(id))
            .execute(&self.database)
            .await
            .map(drop)
            .map_err(failed)
    }
}

/// Deletes what has expired, for as long as the instance runs.
async fn clear_expired(database: Database) {
    let mut rounds = interval(CLEARING);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first round begins at once.
    rounds.tick().await;
    loop {
        rounds.tick().await;
        let delete = sqlx::query("delete from lab_sessions where expires_at <= now()");
        if let Err(error) = delete.execute(&database).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "sessions.not_cleared");
        }
    }
}

fn column(id: &Id) -> Uuid {
    Uuid::from_bytes(id.0.to_be_bytes())
}

fn failed(error: sqlx::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
