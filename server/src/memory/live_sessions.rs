//! Live sessions in this instance's memory, bounded. A full store refuses, as Redis with `noeviction` does: dropping a
//! record would silently end somebody's session, or lose an end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use domain::{
    StoreError,
    session::{
        EndReason, Lifetimes, LiveSession, SessionId,
        ports::{CheckMode, Checked, LiveSessions, Opened},
    },
};
use time::OffsetDateTime;

use crate::{
    clock::Clock,
    live_sessions::{RecordLifetimes, State, reopened},
};

/// Maximum number of records, some 20 MB.
pub const CAPACITY: usize = 100_000;

/// The live-session store of a single instance. Cloning shares it.
#[derive(Clone)]
pub struct MemoryLiveSessions {
    records: Arc<Mutex<HashMap<SessionId, Record>>>,
    lifetimes: RecordLifetimes,
    capacity: usize,
    clock: Clock,
}

#[derive(Clone, Copy)]
struct Record {
    state: State,
    /// Time from which it counts as absent
    expires_at: OffsetDateTime,
}

impl MemoryLiveSessions {
    /// An empty store for at most `capacity` records.
    #[must_use]
    pub fn new(lifetimes: &Lifetimes, capacity: usize, clock: Clock) -> Self {
        Self {
            records: Arc::default(),
            lifetimes: RecordLifetimes::new(lifetimes),
            capacity,
            clock,
        }
    }

    fn records(&self) -> Records<'_> {
        let records = self.records.lock().expect("nothing panics while it holds this lock");
        Records { records, now: (self.clock)(), capacity: self.capacity }
    }
}

#[async_trait]
impl LiveSessions for MemoryLiveSessions {
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError> {
        const OPERATION: &str = "open a live session";
        let mut records = self.records();
        let opened = match records.known(id).map(|known| known.state) {
            Some(State::Tombstone(reason)) => return Ok(Opened::Ended(reason)),
            Some(State::Live(known)) => reopened(&known, session)
                .ok_or_else(|| StoreError::new(OPERATION, "the record is another member's"))?,
            None => *session,
        };
        let Some(lifetime) = self.lifetimes.renewed(session, records.now) else {
            return Ok(Opened::Ended(EndReason::Absolute));
        };
        let expires_at = records.now + lifetime;
        records.keep(OPERATION, id, Record { state: State::Live(opened), expires_at })?;
        Ok(Opened::Live)
    }

    async fn check(&self, id: SessionId, mode: CheckMode) -> Result<Checked, StoreError> {
        let mut records = self.records();
        let now = records.now;
        let Some(record) = records.known(id) else { return Ok(Checked::Absent) };
        let session = match &mut record.state {
            State::Tombstone(reason) => return Ok(Checked::Ended(*reason)),
            State::Live(session) => session,
        };
        let (generation, extend_after) = self.lifetimes.of(mode);
        session.newest_generation = session.newest_generation.max(generation);
        let left = (record.expires_at - now).unsigned_abs();
        let extended = self.lifetimes.extended(session, left, extend_after, now);
        let idle_left = extended.unwrap_or(left);
        record.expires_at = now + idle_left;
        Ok(Checked::Live { session: *session, idle_left, is_extended: extended.is_some() })
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        let mut records = self.records();
        let expires_at = records.now + self.lifetimes.tombstone;
        let tombstone = Record { state: State::Tombstone(reason), expires_at };
        records.keep("close a live session", id, tombstone)
    }
}

/// The records, locked for one operation, and its time.
struct Records<'a> {
    records: MutexGuard<'a, HashMap<SessionId, Record>>,
    now: OffsetDateTime,
    capacity: usize,
}

impl Records<'_> {
    /// Returns the record, unless it has expired.
    fn known(&mut self, id: SessionId) -> Option<&mut Record> {
        self.records.get_mut(&id).filter(|record| record.expires_at > self.now)
    }

    /// Stores a record. If the store is full, expired records are dropped first.
    fn keep(
        &mut self,
        operation: &'static str,
        id: SessionId,
        record: Record,
    ) -> Result<(), StoreError> {
        let is_full =
            |kept: &Self| kept.records.len() >= kept.capacity && !kept.records.contains_key(&id);
        if is_full(self) {
            let now = self.now;
            self.records.retain(|_, kept| kept.expires_at > now);
        }
        if is_full(self) {
            return Err(StoreError::new(operation, "there is no room for another record"));
        }
        self.records.insert(id, record);
        Ok(())
    }
}
