//! What Genkan is, without the web and without a database: members, passwords, tokens, sessions and the
//! use cases around them. Everything that reaches out goes through the traits in [`ports`]; time is a
//! parameter, so a test can stand at any moment.
//!
//! **Architecture Invariant:** this crate knows no Leptos, no Axum, no sqlx and no Redis, and of the
//! workspace imports `contract` alone.

#![warn(missing_docs)]

pub mod account;
pub mod audit;
pub mod counters;
pub mod credentials;
pub mod fields;
pub mod limits;
pub mod mail;
#[cfg(test)]
pub(crate) mod memory;
pub mod ports;
#[cfg(test)]
mod properties;
pub mod session;
mod text;
