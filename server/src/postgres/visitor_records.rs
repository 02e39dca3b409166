//! Records of visitor sessions in Postgres: one encrypted value each, in an unlogged table. A record that has expired by
//! Postgres' clock, or cannot be read, counts as absent.

use std::{collections::HashMap, time::Duration};

use app::http::visitor::RECORD_MAX;
use async_trait::async_trait;
use domain::StoreError;
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};
use uuid::Uuid;

use super::{Database, failed};
use crate::{room::Room, sealing::Sealing};

/// The most records that are created: with the longest ones, some hundred megabytes.
const RECORDS_MAX: i64 = 20_000;

/// The table `visitor_records`.
#[derive(Debug, Clone)]
pub struct PgVisitorRecords {
    database: Database,
    sealing: Sealing,
    room: Room,
}

impl PgVisitorRecords {
    /// The table of this database. What is written there is encrypted.
    #[must_use]
    pub fn new(database: Database, sealing: Sealing) -> Self {
        Self { database, sealing, room: Room::default() }
    }

    /// Returns whether there is room for another record; `false` if the database is unavailable.
    pub async fn has_room(&self) -> bool {
        self.room.is_there(self.is_full()).await
    }

    async fn is_full(&self) -> Result<bool, StoreError> {
        sqlx::query_scalar!(
            r#"
            select count(*) >= $1 as "is_full!"
            from (
                select
                from visitor_records
                limit $1
            ) as counted
            "#,
            RECORDS_MAX,
        )
        .fetch_one(&self.database)
        .await
        .map_err(failed("count the visitor records"))
    }

    fn seal(&self, record: &Record) -> session_store::Result<Vec<u8>> {
        let text = serde_json::to_vec(&record.data).map_err(unwritable)?;
        let sealed = self.sealing.seal(&record.id.0.to_le_bytes(), &text).map_err(unwritable)?;
        // Callers check this before; this is the last line of defence.
        if sealed.len() > RECORD_MAX {
            return Err(unwritable("the record is too long"));
        }
        Ok(sealed)
    }

    /// Inserts the record, unless there is another one with its id.
    async fn insert(&self, record: &Record) -> session_store::Result<bool> {
        let done = sqlx::query!(
            "
            insert into visitor_records as known (id, sealed, expires_at)
            values ($1, $2, now() + make_interval(secs => $3))
            on conflict (id) do update
            set sealed = excluded.sealed,
                expires_at = excluded.expires_at
            where known.expires_at <= now()
            ",
            column(&record.id),
            self.seal(record)?,
            seconds_left(record),
        )
        .execute(&self.database)
        .await
        .map_err(unavailable)?;
        Ok(done.rows_affected() == 1)
    }
}

#[async_trait]
impl SessionStore for PgVisitorRecords {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        while !self.insert(record).await? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        // Not if a log-out has deleted it meanwhile.
        sqlx::query!(
            "
            update visitor_records
            set sealed = $2,
                expires_at = now() + make_interval(secs => $3)
            where id = $1
              and expires_at > now()
            ",
            column(&record.id),
            self.seal(record)?,
            seconds_left(record),
        )
        .execute(&self.database)
        .await
        .map(drop)
        .map_err(unavailable)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let found = sqlx::query!(
            r#"
            select
                sealed,
                extract(epoch from expires_at - now())::float8 as "left!"
            from visitor_records
            where id = $1
              and expires_at > now()
            "#,
            column(id),
        )
        .fetch_optional(&self.database)
        .await
        .map_err(unavailable)?;
        Ok(found.and_then(|found| {
            let text = self.sealing.open(&id.0.to_le_bytes(), &found.sealed)?;
            let data: HashMap<_, _> = serde_json::from_slice(&text).ok()?;
            let left = Duration::try_from_secs_f64(found.left).ok()?;
            Some(Record { id: *id, data, expiry_date: OffsetDateTime::now_utc() + left })
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        sqlx::query!("delete from visitor_records where id = $1", column(id))
            .execute(&self.database)
            .await
            .map(drop)
            .map_err(unavailable)
    }
}

/// The same 128 bits.
fn column(id: &Id) -> Uuid {
    Uuid::from_bytes(id.0.to_be_bytes())
}

/// The time that the record has left by this instance's clock, which has set its expiry.
fn seconds_left(record: &Record) -> f64 {
    (record.expiry_date - OffsetDateTime::now_utc()).as_seconds_f64().max(1.0)
}

fn unavailable(error: sqlx::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

fn unwritable(error: impl ToString) -> session_store::Error {
    session_store::Error::Encode(error.to_string())
}
