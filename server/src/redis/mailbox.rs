//! The development mailbox in Redis.

use app::letters::RenderedMail;
use async_trait::async_trait;
use domain::StoreError;
use fred::{
    error::{Error, ErrorKind},
    interfaces::{KeysInterface, ListInterface},
};

use super::Redis;
use crate::mail::{KEPT_FOR, KEPT_MAILS, Mailbox};

const KEY: &str = "dev:mailbox";

/// The development mailbox.
#[derive(Debug, Clone)]
pub struct RedisMailbox {
    redis: Redis,
}

impl RedisMailbox {
    /// The mailbox in this store.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    async fn push(&self, mail: &RenderedMail) -> Result<(), Error> {
        let json = serde_json::to_string(mail).map_err(unreadable)?;
        let pipeline = self.redis.client()?.pipeline();
        let _: () = pipeline.rpush(KEY, json).await?;
        let _: () = pipeline.ltrim(KEY, -i64::from(KEPT_MAILS), -1).await?;
        let _: () = pipeline.expire(KEY, KEPT_FOR.as_secs().cast_signed(), None).await?;
        pipeline.all().await
    }

    async fn read(&self) -> Result<Vec<RenderedMail>, Error> {
        let kept: Vec<String> = self.redis.client()?.lrange(KEY, 0, -1).await?;
        kept.iter().map(|json| serde_json::from_str(json).map_err(unreadable)).collect()
    }
}

#[async_trait]
impl Mailbox for RedisMailbox {
    async fn put(&self, mail: &RenderedMail) -> Result<(), StoreError> {
        self.push(mail).await.map_err(|error| StoreError::new("put a mail into the mailbox", error))
    }

    async fn mails(&self) -> Result<Vec<RenderedMail>, StoreError> {
        self.read().await.map_err(|error| StoreError::new("read the mailbox", error))
    }
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Parse, error.to_string())
}
