//! The server: configuration, the stores behind the domain's ports, and the routes.
//!
//! **Architecture Invariant:** no instance keeps anything that another one would miss. `postgres/` is the
//! only SQL, `redis/` the only Redis. `memory/` is the exception, for who runs a single instance and says so.

pub mod admin;
mod answers;
mod breaker;
pub mod client_address;
pub mod config;
mod fetch_metadata;
mod jitter;
mod live_sessions;
pub mod mail;
pub mod memory;
pub mod metrics;
mod middleware;
pub mod postgres;
pub mod redis;
pub mod router;
mod routes;
pub mod sealing;
pub mod serve;
pub mod state;
pub mod sweeper;
