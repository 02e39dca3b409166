//! Session rows as Postgres returns them, and how they are parsed. A row that cannot be parsed is an error.

use std::time::Duration;

use domain::session::{
    Client, ListedSession, MemberId, Persistence, RowState, Salt, SessionId, SessionRow,
    StoredSession,
};
use sqlx::Error;
use time::OffsetDateTime;
use uuid::Uuid;

use super::super::columns::{malformed, read_reason, read_role};

/// A row as Postgres returns it; ages in seconds.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) member_id: Option<Uuid>,
    pub(super) role: Option<String>,
    pub(super) authority_version: Option<i64>,
    pub(super) salt: Vec<u8>,
    pub(super) created_at: OffsetDateTime,
    pub(super) absolute_end: OffsetDateTime,
    pub(super) remaining: f64,
    pub(super) idle_seconds: i32,
    pub(super) remembered: bool,
    pub(super) generation: i64,
    pub(super) rotated_ago: f64,
    pub(super) last_seen_at: OffsetDateTime,
    pub(super) seen_ago: f64,
    pub(super) late_replay_generation: Option<i64>,
    pub(super) end_reason: Option<String>,
}

impl Row {
    pub(super) fn read(self) -> Result<StoredSession, Error> {
        if let Some(name) = &self.end_reason {
            let (salt, reason) = (read_salt(self.salt)?, read_reason(name)?);
            return Ok(StoredSession::Ended { salt, reason });
        }
        self.read_open().map(StoredSession::Open)
    }

    pub(super) fn read_open(self) -> Result<SessionRow, Error> {
        let generation =
            |value: i64, column: &str| u32::try_from(value).map_err(|_| malformed(column));
        let (Some(member_id), Some(role), Some(authority_version)) =
            (self.member_id, self.role, self.authority_version)
        else {
            return Err(malformed("member_id"));
        };
        Ok(SessionRow {
            id: SessionId(self.id),
            member_id: MemberId(member_id),
            role: read_role(&role)?,
            authority_version,
            salt: read_salt(self.salt)?,
            created_at: self.created_at,
            absolute_end: self.absolute_end,
            persistence: persistence(self.remembered),
            seen_at: self.last_seen_at,
            state: RowState {
                remaining: seconds(self.remaining, "absolute_end")?,
                idle_timeout: idle_timeout(self.idle_seconds)?,
                generation: generation(self.generation, "generation")?,
                rotated_ago: seconds(self.rotated_ago, "rotated_at")?,
                seen_ago: seconds(self.seen_ago, "last_seen_at")?,
                late_replay: self
                    .late_replay_generation
                    .map(|value| generation(value, "late_replay_generation"))
                    .transpose()?,
            },
        })
    }
}

/// A row of the member's list; ages in seconds.
pub(super) struct ListedRow {
    pub(super) id: Uuid,
    pub(super) user_agent: String,
    pub(super) ip: Option<String>,
    pub(super) created_at: OffsetDateTime,
    pub(super) last_seen_at: OffsetDateTime,
    pub(super) seen_ago: f64,
    pub(super) idle_seconds: i32,
    pub(super) remaining: f64,
    pub(super) remembered: bool,
    pub(super) replays_from_elsewhere: i32,
}

impl ListedRow {
    pub(super) fn read(self) -> Result<ListedSession, Error> {
        Ok(ListedSession {
            id: SessionId(self.id),
            client: Client {
                user_agent: self.user_agent,
                ip: self.ip.and_then(|ip| ip.parse().ok()),
            },
            created_at: self.created_at,
            seen_at: self.last_seen_at,
            seen_ago: seconds(self.seen_ago, "last_seen_at")?,
            idle_timeout: idle_timeout(self.idle_seconds)?,
            remaining: seconds(self.remaining, "absolute_end")?,
            persistence: persistence(self.remembered),
            replays_from_elsewhere: u32::try_from(self.replays_from_elsewhere)
                .map_err(|_| malformed("replays_from_elsewhere"))?,
        })
    }
}

fn read_salt(salt: Vec<u8>) -> Result<Salt, Error> {
    salt.try_into().map(Salt).map_err(|_| malformed("salt"))
}

pub(in crate::postgres) fn seconds(value: f64, column: &str) -> Result<Duration, Error> {
    Duration::try_from_secs_f64(value).map_err(|_| malformed(column))
}

fn idle_timeout(seconds: i32) -> Result<Duration, Error> {
    let seconds = u64::try_from(seconds).map_err(|_| malformed("idle_seconds"))?;
    Ok(Duration::from_secs(seconds))
}

pub(in crate::postgres) fn persistence(remembered: bool) -> Persistence {
    if remembered { Persistence::Remembered } else { Persistence::Browser }
}
