//! Live sessions: one record for each session, under `session:{sid}` (the braces keep a script's one key on one node of
//! a cluster), or a tombstone in its place. Three scripts, each atomic, idempotent and one round trip; a record is used
//! only if all of it can be parsed.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    StoreError,
    session::{
        EndReason, Lifetimes, LiveSession, SessionId,
        ports::{CheckMode, Checked, LiveSessions, Opened},
    },
};
use fred::{error::Error, types::FromValue};

use super::{Redis, script::Script};
use crate::live_sessions::{
    RecordLifetimes,
    fields::{self, Unreadable},
};

/// The live-session store in Redis or Valkey.
#[derive(Debug, Clone)]
pub struct RedisLiveSessions {
    redis: Redis,
    lifetimes: RecordLifetimes,
    open: Script,
    check: Script,
    close: Script,
}

impl RedisLiveSessions {
    /// Keeps live sessions in this store.
    #[must_use]
    pub fn new(redis: Redis, lifetimes: &Lifetimes) -> Self {
        Self {
            redis,
            lifetimes: RecordLifetimes::new(lifetimes),
            open: Script::new(include_str!("open.lua")),
            check: Script::new(include_str!("check.lua")),
            close: Script::new(include_str!("close.lua")),
        }
    }

    async fn run<T: FromValue>(
        &self,
        script: &Script,
        id: SessionId,
        arguments: Vec<String>,
    ) -> Result<T, Error> {
        script.run(&self.redis, &format!("session:{{{id}}}"), arguments).await
    }
}

#[async_trait]
impl LiveSessions for RedisLiveSessions {
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError> {
        const OPERATION: &str = "open a live session";
        let mut arguments = fields::write(session).to_vec();
        arguments.push(self.lifetimes.idle.as_millis().to_string());
        let ended: Option<String> = self
            .run(&self.open, id, arguments)
            .await
            .map_err(|error| StoreError::new(OPERATION, error))?;
        match ended {
            None => Ok(Opened::Live),
            Some(name) => fields::read_reason(&name)
                .map(Opened::Ended)
                .map_err(|error| StoreError::new(OPERATION, error)),
        }
    }

    async fn check(&self, id: SessionId, mode: CheckMode) -> Result<Checked, StoreError> {
        const OPERATION: &str = "check a live session";
        let (generation, extend_after) = self.lifetimes.of(mode);
        let arguments = vec![
            generation.to_string(),
            self.lifetimes.idle.as_millis().to_string(),
            extend_after.as_millis().to_string(),
        ];
        let answer: Option<Vec<String>> = self
            .run(&self.check, id, arguments)
            .await
            .map_err(|error| StoreError::new(OPERATION, error))?;
        match answer {
            None => Ok(Checked::Absent),
            Some(record) => read_record(&record).map_err(|error| StoreError::new(OPERATION, error)),
        }
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        let tombstone = self.lifetimes.tombstone.as_millis();
        let arguments = vec![reason.as_str().to_owned(), tombstone.to_string()];
        self.run(&self.close, id, arguments)
            .await
            .map_err(|error| StoreError::new("close a live session", error))
    }
}

fn read_record(record: &[String]) -> Result<Checked, Unreadable> {
    match record.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ended", reason] => fields::read_reason(reason).map(Checked::Ended),
        ["live", left, window, ref session @ ..] => Ok(Checked::Live {
            session: fields::read(session)?,
            idle_left: Duration::from_millis(
                left.parse().map_err(|_| Unreadable("the time left"))?,
            ),
            is_extended: match window {
                "extended" => true,
                "kept" => false,
                _ => return Err(Unreadable("is_extended")),
            },
        }),
        _ => Err(Unreadable("the record")),
    }
}
