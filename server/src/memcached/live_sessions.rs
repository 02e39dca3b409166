//! Live sessions: one record for each session, under `session:{sid}`, or a tombstone in its place.
//!
//! A change is a compare-and-swap on the connection that has read the record, so a restart in between cannot give its
//! number to another one. A tombstone alone is written unconditionally. Whoever is overtaken reads again.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    StoreError,
    session::{
        EndReason, Lifetimes, LiveSession, SessionId,
        ports::{CheckMode, Checked, LiveSessions, Opened},
    },
};
use time::OffsetDateTime;

use super::{
    Memcached,
    connection::{Connection, Failure, Ttl, Written},
    record,
};
use crate::live_sessions::{RecordLifetimes, State, reopened};

/// The live-session store in memcached.
#[derive(Debug, Clone)]
pub struct MemcachedLiveSessions {
    memcached: Memcached,
    lifetimes: RecordLifetimes,
}

impl MemcachedLiveSessions {
    /// Keeps live sessions in this server.
    #[must_use]
    pub fn new(memcached: Memcached, lifetimes: &Lifetimes) -> Self {
        Self { memcached, lifetimes: RecordLifetimes::new(lifetimes) }
    }
}

#[async_trait]
impl LiveSessions for MemcachedLiveSessions {
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError> {
        self.memcached
            .run("open a live session", async |connection: &mut Connection| {
                let opening = Opening { key: key(id), session, lifetimes: &self.lifetimes };
                loop {
                    if let Some(opened) = opening.attempt(connection).await? {
                        return Ok(opened);
                    }
                }
            })
            .await
    }

    async fn check(&self, id: SessionId, mode: CheckMode) -> Result<Checked, StoreError> {
        self.memcached
            .run("check a live session", async |connection: &mut Connection| {
                let checking = Checking { key: key(id), mode, lifetimes: &self.lifetimes };
                loop {
                    if let Some(checked) = checking.attempt(connection).await? {
                        return Ok(checked);
                    }
                }
            })
            .await
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        self.memcached
            .run("close a live session", async |connection: &mut Connection| {
                let tombstone = record::write(&State::Tombstone(reason));
                let ttl = ttl(self.lifetimes.tombstone, OffsetDateTime::now_utc());
                // If the server is full, the session is not live all the same, and the caller gets an error.
                connection.put(&key(id), &tombstone, ttl).await
            })
            .await
    }
}

struct Opening<'a> {
    key: String,
    session: &'a LiveSession,
    lifetimes: &'a RecordLifetimes,
}

impl Opening<'_> {
    /// `None`: another write came first.
    async fn attempt(&self, connection: &mut Connection) -> Result<Option<Opened>, Failure> {
        let item = connection.get(&self.key).await?;
        let (session, version) = match &item {
            None => (*self.session, None),
            Some(item) => match record::read(&item.record)? {
                State::Tombstone(reason) => return Ok(Some(Opened::Ended(reason))),
                State::Live(known) => {
                    let session = reopened(&known, self.session).ok_or(Failure::Foreign)?;
                    (session, Some(item.version))
                }
            },
        };
        let now = OffsetDateTime::now_utc();
        let Some(lifetime) = self.lifetimes.renewed(&session, now) else {
            return Ok(Some(Opened::Ended(EndReason::Absolute)));
        };
        let (record, ttl) = (record::write(&State::Live(session)), ttl(lifetime, now));
        let written = match version {
            None => connection.add(&self.key, &record, ttl).await?,
            Some(version) => connection.replace(&self.key, version, &record, ttl).await?,
        };
        match written {
            Written::Done => Ok(Some(Opened::Live)),
            Written::Overtaken => Ok(None),
            Written::Full => Err(Failure::Full),
        }
    }
}

struct Checking<'a> {
    key: String,
    mode: CheckMode,
    lifetimes: &'a RecordLifetimes,
}

impl Checking<'_> {
    /// `None`: another write came first.
    async fn attempt(&self, connection: &mut Connection) -> Result<Option<Checked>, Failure> {
        let Some(item) = connection.get(&self.key).await? else {
            return Ok(Some(Checked::Absent));
        };
        let known = match record::read(&item.record)? {
            State::Tombstone(reason) => return Ok(Some(Checked::Ended(reason))),
            State::Live(known) => known,
        };
        let now = OffsetDateTime::now_utc();
        // TTLs are whole seconds: the record may outlive its end by a part of one.
        if known.absolute_end <= now {
            return Ok(Some(Checked::Absent));
        }
        let (generation, extend_after) = self.lifetimes.of(self.mode);
        let left = Duration::from_secs(item.seconds_left);
        // Both are rounded to whole seconds, at different times: a gain of one may be none.
        let extended = self
            .lifetimes
            .extended(&known, left, extend_after, now)
            .filter(|lifetime| lifetime.as_secs() > item.seconds_left + 1);
        let idle_left = extended.unwrap_or(left);
        let newest_generation = known.newest_generation.max(generation);
        let session = LiveSession { newest_generation, ..known };
        let live = Checked::Live { session, idle_left, is_extended: extended.is_some() };
        let ttl = ttl(idle_left, now);
        if session != known {
            let record = record::write(&State::Live(session));
            match connection.replace(&self.key, item.version, &record, ttl).await? {
                Written::Done => return Ok(Some(live)),
                Written::Overtaken => return Ok(None),
                // The generation counts as unseen, which harms nobody. Extending needs no memory.
                Written::Full => {}
            }
        }
        if extended.is_some() && !connection.extend(&self.key, item.version, ttl).await? {
            return Ok(None);
        }
        Ok(Some(live))
    }
}

fn key(id: SessionId) -> String {
    format!("session:{id}")
}

fn ttl(lifetime: Duration, now: OffsetDateTime) -> Ttl {
    Ttl::new(lifetime.as_secs(), now.unix_timestamp().unsigned_abs())
}
