//! What Genkan is, without the web and without a database: members, passwords, tokens, sessions and the
//! use cases around them. Everything that reaches out goes through the traits in [`ports`]; time is a
//! parameter, so a test can stand at any moment.
//!
//! **Architecture Invariant:** this crate knows no Leptos, no Axum, no sqlx and no Redis, and imports no
//! other crate of the workspace.

pub mod access_token;
pub mod authenticate;
pub mod confirm_email;
pub mod confirmation;
pub mod email;
pub mod fields;
pub mod keys;
pub mod log_in;
pub mod log_out;
pub mod mail;
pub mod member;
#[cfg(test)]
pub(crate) mod memory;
pub mod password;
pub mod ports;
pub mod profile;
pub mod refresh;
pub mod refresh_token;
pub mod resend_confirmation;
pub mod rotation;
pub mod session;
pub mod sign_up;
pub mod start_session;
