//! Records of visitor sessions: one encrypted value each, under `visitor:{id}`. A record that cannot be read counts as
//! absent.
//!
//! The store of `tower-sessions` for Redis stores records under the bare id and in plain text, and offers no way to add
//! a prefix; so this one is written by hand.

use app::http::visitor::RECORD_MAX;
use async_trait::async_trait;
use fred::{
    error::Error,
    interfaces::KeysInterface,
    types::{Expiration, SetOptions},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

use super::Redis;
use crate::{
    metrics::{Store, Times},
    sealing::Sealing,
};

/// The records of visitor sessions in Redis or Valkey.
#[derive(Debug, Clone)]
pub struct VisitorRecords {
    redis: Redis,
    sealing: Sealing,
    writing: Times,
    reading: Times,
    deleting: Times,
}

/// A record without its id, which is its key.
#[derive(Serialize, Deserialize)]
struct Text<T> {
    data: T,
    #[serde(with = "time::serde::timestamp")]
    expires: OffsetDateTime,
}

impl VisitorRecords {
    /// Keeps them in this store, encrypted.
    #[must_use]
    pub fn new(redis: Redis, sealing: Sealing) -> Self {
        Self {
            redis,
            sealing,
            writing: Times::of(Store::Visitors, "write a visitor record"),
            reading: Times::of(Store::Visitors, "read a visitor record"),
            deleting: Times::of(Store::Visitors, "delete a visitor record"),
        }
    }

    async fn write(&self, record: &Record, if_there: SetOptions) -> session_store::Result<bool> {
        let text = Text { data: &record.data, expires: record.expiry_date };
        let text = serde_json::to_vec(&text).map_err(unwritable)?;
        let sealed = self.sealing.seal(&record.id.0.to_le_bytes(), &text).map_err(unwritable)?;
        // Callers check this before; this is the last line of defence.
        if sealed.len() > RECORD_MAX {
            return Err(unwritable("the record is too long"));
        }
        let left = (record.expiry_date - OffsetDateTime::now_utc()).whole_seconds().max(1);
        let expiration = Some(Expiration::EX(left));
        let asked = async {
            let client = self.redis.client()?;
            client.set(key(&record.id), sealed.as_slice(), expiration, Some(if_there), false).await
        };
        // `OK`, or nothing if the condition does not hold.
        let written: Option<String> = self.writing.measure(asked).await.map_err(failed)?;
        Ok(written.is_some())
    }
}

#[async_trait]
impl SessionStore for VisitorRecords {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        while !self.write(record, SetOptions::NX).await? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        // Not if a log-out has deleted it meanwhile.
        self.write(record, SetOptions::XX).await.map(drop)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let asked = async { self.redis.client()?.get(key(id)).await };
        let sealed: Option<Vec<u8>> = self.reading.measure(asked).await.map_err(failed)?;
        let text = sealed.and_then(|sealed| self.sealing.open(&id.0.to_le_bytes(), &sealed));
        let text = text.and_then(|text| serde_json::from_slice::<Text<_>>(&text).ok());
        Ok(text
            .filter(|text| text.expires > OffsetDateTime::now_utc())
            .map(|Text { data, expires }| Record { id: *id, data, expiry_date: expires }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let asked = async { self.redis.client()?.del(key(id)).await };
        self.deleting.measure(asked).await.map_err(failed)
    }
}

fn key(id: &Id) -> String {
    format!("visitor:{id}")
}

fn failed(error: Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

fn unwritable(error: impl ToString) -> session_store::Error {
    session_store::Error::Encode(error.to_string())
}
