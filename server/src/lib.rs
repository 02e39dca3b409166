//! The server: configuration, the stores behind the domain's ports, and the routes.
//!
//! **Architecture Invariant:** no instance keeps anything that another one would miss. `postgres/` is the only SQL,
//! `redis/` the only Redis. `memory/` is the exception, for a site that is configured to have a single instance.

pub mod admin;
mod breaker;
pub mod config;
mod jitter;
mod live_sessions;
pub mod mail;
pub mod memory;
pub mod metrics;
pub mod postgres;
pub mod redis;
pub mod sealing;
pub mod serve;
pub mod state;
pub mod sweeper;
