//! Memcached: live sessions, and nothing else. The only module that uses it.
//!
//! **Architecture Invariant:** nothing here is the truth about anything. A restart, which empties the server, logs nobody
//! out and never brings an ended session back. Every record has a TTL.
//!
//! **Architecture Invariant:** there is one server. The sweeper's witness is one record, so it would not show that
//! another server has lost its tombstones.

mod address;
mod connection;
mod live_sessions;
mod pool;
mod probe;
mod record;
mod settings;

pub use self::{
    address::Address, live_sessions::MemcachedLiveSessions, pool::Memcached, probe::Probe,
};
