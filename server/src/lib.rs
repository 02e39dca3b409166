//! The server: configuration, the stores behind the domain's ports, and the routes.
//!
//! **Architecture Invariant:** no instance keeps state that another one needs. `postgres/` has the only SQL, `redis/`
//! the only Redis commands, `memcached/` those of memcached. `memory/` is the exception, for a site configured to have a
//! single instance.

pub mod admin;
mod breaker;
pub mod clock;
pub mod config;
pub mod health;
mod jitter;
pub mod key_file;
pub mod limits;
mod live_sessions;
pub mod mail;
pub mod memcached;
pub mod memory;
pub mod metrics;
pub mod postgres;
pub mod recovery;
pub mod redis;
mod room;
pub mod sealing;
pub mod serve;
pub mod state;
pub mod sweeper;
pub mod visitors;
