//! Live sessions in this instance's memory, bounded. A full store refuses, as Redis with `noeviction` does:
//! to drop a record would end somebody's session without a word, or forget an end.

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

use crate::live_sessions::RecordLifetimes;

/// So many records are kept, some 20 MB.
pub const CAPACITY: usize = 100_000;

/// Says what time it is.
pub type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// The front desk of a single instance. Cloning shares it.
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
    /// From then on it counts as absent.
    expires_at: OffsetDateTime,
}

#[derive(Clone, Copy)]
enum State {
    Live(LiveSession),
    Tombstone(EndReason),
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

    fn desk(&self) -> Desk<'_> {
        let records = self.records.lock().expect("nothing panics while it holds this lock");
        Desk { records, now: (self.clock)(), capacity: self.capacity }
    }
}

#[async_trait]
impl LiveSessions for MemoryLiveSessions {
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError> {
        const OPERATION: &str = "open a live session";
        let mut desk = self.desk();
        let mut opened = *session;
        match desk.known(id).map(|known| known.state) {
            Some(State::Tombstone(reason)) => return Ok(Opened::Ended(reason)),
            Some(State::Live(known)) if known.member_id != session.member_id => {
                return Err(StoreError::new(OPERATION, "the record is another member's"));
            }
            Some(State::Live(known)) => {
                // This open may be older than a change of role.
                if known.authority_version > session.authority_version {
                    opened.role = known.role;
                    opened.authority_version = known.authority_version;
                }
                opened.newest_generation = known.newest_generation.max(session.newest_generation);
            }
            None => {}
        }
        let expires_at = session.absolute_end.min(desk.now + self.lifetimes.idle);
        if expires_at <= desk.now {
            return Ok(Opened::Ended(EndReason::Absolute));
        }
        desk.keep(OPERATION, id, Record { state: State::Live(opened), expires_at })?;
        Ok(Opened::Live)
    }

    async fn check(&self, id: SessionId, mode: CheckMode) -> Result<Checked, StoreError> {
        let mut desk = self.desk();
        let now = desk.now;
        let Some(record) = desk.known(id) else { return Ok(Checked::Absent) };
        let session = match &mut record.state {
            State::Tombstone(reason) => return Ok(Checked::Ended(*reason)),
            State::Live(session) => session,
        };
        let (generation, extend_after) = self.lifetimes.of(mode);
        session.newest_generation = session.newest_generation.max(generation);
        let is_due = record.expires_at < now + (self.lifetimes.idle - extend_after);
        let extended_to = session.absolute_end.min(now + self.lifetimes.idle);
        let is_extended = is_due && extended_to > record.expires_at;
        if is_extended {
            record.expires_at = extended_to;
        }
        Ok(Checked::Live {
            session: *session,
            idle_left: (record.expires_at - now).unsigned_abs(),
            is_extended,
        })
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        let mut desk = self.desk();
        let expires_at = desk.now + self.lifetimes.tombstone;
        let tombstone = Record { state: State::Tombstone(reason), expires_at };
        desk.keep("close a live session", id, tombstone)
    }
}

/// The records, held for one operation, and the moment of it.
struct Desk<'a> {
    records: MutexGuard<'a, HashMap<SessionId, Record>>,
    now: OffsetDateTime,
    capacity: usize,
}

impl Desk<'_> {
    /// What is there and has not expired.
    fn known(&mut self, id: SessionId) -> Option<&mut Record> {
        self.records.get_mut(&id).filter(|record| record.expires_at > self.now)
    }

    /// Puts a record in its place. When all places are taken, those of expired ones are free.
    fn keep(
        &mut self,
        operation: &'static str,
        id: SessionId,
        record: Record,
    ) -> Result<(), StoreError> {
        let is_full =
            |desk: &Self| desk.records.len() >= desk.capacity && !desk.records.contains_key(&id);
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
