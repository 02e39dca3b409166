//! Sessions in memcached, read and extended in one round trip. It evicts sessions without a word when it is full, and a
//! restart loses them all.

use std::{fmt::Display, time::Duration};

use anyhow::Context;
use async_trait::async_trait;
use axum::Router;
use memcache::exp::AsyncMemcache;
use time::OffsetDateTime;
use tower_sessions::{
    SessionManagerLayer, SessionStore,
    session::{Id, Record},
    session_store,
};

use super::server_side;
use crate::site::Settings;

/// As long as the product waits for Redis.
const TIMEOUT: Duration = Duration::from_millis(400);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// More would be opened and closed again for each request under load.
const IDLE_CONNECTIONS: usize = 64;

pub(super) async fn site(settings: &Settings) -> anyhow::Result<Router> {
    let server = settings.memcached_url.clone().context("MEMCACHED_URL is missing")?;
    let memcached = AsyncMemcache::builder()
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .max_idle(IDLE_CONNECTIONS)
        .connect_async([server])
        .await
        .context("MEMCACHED_URL cannot be used")?;
    let sessions = Sessions { memcached, ttl: settings.session_ttl };
    Ok(server_side::site(settings.members()?, SessionManagerLayer::new(sessions)))
}

#[derive(Debug, Clone)]
struct Sessions {
    memcached: AsyncMemcache,
    ttl: Duration,
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let text = encoded(record)?;
        while !self.memcached.add(key(&record.id), &text, self.ttl).await.map_err(failed)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        // Not if a log-out has deleted it meanwhile.
        let replaced = self.memcached.replace(key(&record.id), encoded(record)?, self.ttl).await;
        replaced.map(drop).map_err(failed)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let text: Option<Vec<u8>> =
            self.memcached.get_and_touch(key(id), self.ttl).await.map_err(failed)?;
        let Some(text) = text else { return Ok(None) };
        let data = serde_json::from_slice(&text)
            .map_err(|error| session_store::Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date: OffsetDateTime::now_utc() + self.ttl }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.memcached.delete(key(id)).await.map_err(failed)
    }
}

fn key(id: &Id) -> String {
    format!("session:{id}")
}

fn encoded(record: &Record) -> session_store::Result<Vec<u8>> {
    serde_json::to_vec(&record.data)
        .map_err(|error| session_store::Error::Encode(error.to_string()))
}

fn failed(error: impl Display) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
