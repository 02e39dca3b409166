//! Redis or Valkey: what must be fast and may be lost. The only module that uses Redis.
//!
//! **Architecture Invariant:** nothing here is the truth about anything. Wiping the store logs nobody out and never
//! brings an ended session back. Every key has a TTL.

mod access;
mod certificate_authority;
mod connect;
mod google_iam;
mod info;
mod limits;
mod live_sessions;
mod mailbox;
mod memory;
mod probe;
mod script;
mod visitor_records;
mod vitals;
mod watch;

pub use self::{
    access::Access,
    certificate_authority::{CertificateAuthority, CertificateAuthorityError, CheckedName},
    connect::{Redis, RedisError},
    google_iam::MetadataServer,
    limits::RedisLimits,
    live_sessions::RedisLiveSessions,
    mailbox::RedisMailbox,
    memory::Memory,
    probe::Probe,
    visitor_records::VisitorRecords,
    vitals::Vitals,
};
