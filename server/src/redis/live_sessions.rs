//! Live sessions: one record for each session, under `session:{sid}` (the braces keep a script's one key on one node of
//! a cluster), or a tombstone in its place. Three scripts, each atomic, idempotent and one round trip; a record is used
//! only if all of it can be parsed.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    StoreError,
    account::member::{MemberId, Role},
    session::{
        EndReason, Lifetimes, LiveSession, SessionId,
        ports::{CheckMode, Checked, LiveSessions, Opened},
    },
};
use fred::{
    error::{Error, ErrorKind},
    types::FromValue,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Redis, script::Script};
use crate::live_sessions::RecordLifetimes;

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
        let failed = |error| StoreError::new("open a live session", error);
        let arguments = vec![
            session.member_id.to_string(),
            session.role.as_str().to_owned(),
            session.authority_version.to_string(),
            microseconds(session.authenticated_at).to_string(),
            microseconds(session.absolute_end).to_string(),
            session.newest_generation.to_string(),
            self.lifetimes.idle.as_millis().to_string(),
        ];
        let ended: Option<String> = self.run(&self.open, id, arguments).await.map_err(failed)?;
        match ended {
            None => Ok(Opened::Live),
            Some(name) => read_reason(&name).map(Opened::Ended).map_err(failed),
        }
    }

    async fn check(&self, id: SessionId, mode: CheckMode) -> Result<Checked, StoreError> {
        let failed = |error| StoreError::new("check a live session", error);
        let (generation, extend_after) = self.lifetimes.of(mode);
        let arguments = vec![
            generation.to_string(),
            self.lifetimes.idle.as_millis().to_string(),
            extend_after.as_millis().to_string(),
        ];
        let answer: Option<Vec<String>> =
            self.run(&self.check, id, arguments).await.map_err(failed)?;
        match answer {
            None => Ok(Checked::Absent),
            Some(record) => read_record(&record).map_err(failed),
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

fn microseconds(moment: OffsetDateTime) -> i128 {
    moment.unix_timestamp_nanos() / 1000
}

fn read_record(record: &[String]) -> Result<Checked, Error> {
    match record.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ended", reason] => read_reason(reason).map(Checked::Ended),
        ["live", left, window, member, role, authority, authenticated, absolute, seen] => {
            let idle_left: u64 = read(left, "the time left")?;
            let member_id: Uuid = read(member, "member")?;
            Ok(Checked::Live {
                session: LiveSession {
                    member_id: MemberId(member_id),
                    role: Role::from_name(role).ok_or_else(|| malformed("role"))?,
                    authority_version: read(authority, "authority")?,
                    authenticated_at: read_moment(authenticated, "authenticated")?,
                    absolute_end: read_moment(absolute, "absolute")?,
                    newest_generation: read(seen, "seen")?,
                },
                idle_left: Duration::from_millis(idle_left),
                is_extended: match window {
                    "extended" => true,
                    "kept" => false,
                    _ => return Err(malformed("is_extended")),
                },
            })
        }
        _ => Err(malformed("the record")),
    }
}

fn read<T: std::str::FromStr>(value: &str, field: &str) -> Result<T, Error> {
    value.parse().map_err(|_| malformed(field))
}

fn read_moment(value: &str, field: &str) -> Result<OffsetDateTime, Error> {
    let microseconds: i64 = read(value, field)?;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(microseconds) * 1000)
        .map_err(|_| malformed(field))
}

fn read_reason(name: &str) -> Result<EndReason, Error> {
    EndReason::from_name(name).ok_or_else(|| malformed("ended"))
}

/// Error of a record that cannot be parsed: nothing of it is used, and the request fails closed.
fn malformed(field: &str) -> Error {
    Error::new(ErrorKind::Parse, format!("{field} cannot be read"))
}
