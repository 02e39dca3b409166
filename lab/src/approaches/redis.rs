//! Sessions in Redis or Valkey, one value each. `GETEX` reads and extends it in one atomic step, so nothing can happen
//! in between, and a change is written only while the session is still there.

use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use fred::{
    error::Error,
    interfaces::{ClientLike, KeysInterface},
    types::{ClusterHash, CustomCommand, Expiration, SetOptions},
};
use server::redis::Redis;
use time::OffsetDateTime;
use tower_sessions::{
    SessionManagerLayer, SessionStore,
    session::{Id, Record},
    session_store,
};

use super::server_side;
use crate::site::Settings;

pub(super) async fn site(settings: &Settings) -> anyhow::Result<Router> {
    let sessions = Sessions { redis: settings.redis().await?, ttl: settings.session_ttl };
    Ok(server_side::site(settings.members()?, SessionManagerLayer::new(sessions)))
}

#[derive(Debug, Clone)]
struct Sessions {
    redis: Redis,
    ttl: Duration,
}

impl Sessions {
    /// Returns whether the record was written.
    async fn write(&self, record: &Record, if_there: SetOptions) -> session_store::Result<bool> {
        let text = serde_json::to_string(&record.data)
            .map_err(|error| session_store::Error::Encode(error.to_string()))?;
        let asked = async {
            let client = self.redis.client()?;
            client.set(key(&record.id), text, Some(self.expiration()), Some(if_there), false).await
        };
        // `OK`, or nothing if the condition does not hold.
        let written: Option<String> = asked.await.map_err(failed)?;
        Ok(written.is_some())
    }

    fn expiration(&self) -> Expiration {
        Expiration::EX(self.ttl.as_secs().try_into().unwrap_or(i64::MAX))
    }
}

#[async_trait]
impl SessionStore for Sessions {
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
        let read_and_extend = CustomCommand::new_static("GETEX", ClusterHash::FirstKey, false);
        let arguments = vec![key(id), "EX".to_owned(), self.ttl.as_secs().to_string()];
        let asked = async { self.redis.client()?.custom(read_and_extend, arguments).await };
        let text: Option<String> = asked.await.map_err(failed)?;
        let Some(text) = text else { return Ok(None) };
        let data = serde_json::from_str(&text)
            .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date: OffsetDateTime::now_utc() + self.ttl }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let asked = async { self.redis.client()?.del(key(id)).await };
        asked.await.map_err(failed)
    }
}

fn key(id: &Id) -> String {
    format!("session:{id}")
}

fn failed(error: Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
