//! The development mailbox: mails that are not delivered but kept for the developer to read. In the store, so that
//! several instances share it and a restart keeps it.

use app::letters::RenderedMail;
use domain::StoreError;
use fred::{
    error::{Error, ErrorKind},
    interfaces::{KeysInterface, ListInterface},
};

use super::Redis;

const KEY: &str = "dev:mailbox";
const KEPT_MAILS: i64 = 200;
const KEPT_SECONDS: i64 = 24 * 3600;

/// The development mailbox.
#[derive(Debug, Clone)]
pub struct Mailbox {
    redis: Redis,
}

impl Mailbox {
    /// The mailbox in this store.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    /// Adds a mail, and drops the oldest beyond two hundred.
    ///
    /// # Errors
    /// The store is unavailable, or refused it.
    pub async fn put(&self, mail: &RenderedMail) -> Result<(), StoreError> {
        self.push(mail).await.map_err(|error| StoreError::new("put a mail into the mailbox", error))
    }

    /// Every mail that is kept, the newest last.
    ///
    /// # Errors
    /// The store is unavailable.
    pub async fn mails(&self) -> Result<Vec<RenderedMail>, StoreError> {
        self.read().await.map_err(|error| StoreError::new("read the mailbox", error))
    }

    async fn push(&self, mail: &RenderedMail) -> Result<(), Error> {
        let json = serde_json::to_string(mail).map_err(unreadable)?;
        let pipeline = self.redis.client()?.pipeline();
        let _: () = pipeline.rpush(KEY, json).await?;
        let _: () = pipeline.ltrim(KEY, -KEPT_MAILS, -1).await?;
        let _: () = pipeline.expire(KEY, KEPT_SECONDS, None).await?;
        pipeline.all().await
    }

    async fn read(&self) -> Result<Vec<RenderedMail>, Error> {
        let kept: Vec<String> = self.redis.client()?.lrange(KEY, 0, -1).await?;
        kept.iter().map(|json| serde_json::from_str(json).map_err(unreadable)).collect()
    }
}

fn unreadable(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Parse, error.to_string())
}
