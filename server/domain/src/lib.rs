//! What Genkan is, without the web and without a database: members, passwords, tokens, sessions and the
//! use cases around them. Everything that reaches out goes through the traits in [`ports`]; time is a
//! parameter, so a test can stand at any moment.
//!
//! **Architecture Invariant:** this crate knows no Leptos, no Axum, no sqlx and no Redis, and of the
//! workspace imports `contract` alone.

#![warn(missing_docs)]

pub mod access_token;
pub mod audit;
pub mod authenticate;
pub mod change_password;
pub mod change_role;
pub mod confirm_email;
pub mod confirmation;
pub mod counters;
pub mod delete_account;
pub mod device;
pub mod email;
pub mod end_all_sessions;
pub mod end_other_sessions;
pub mod end_session;
mod endings;
pub mod fields;
pub mod flights;
pub mod keys;
pub mod limits;
pub mod list_sessions;
pub mod log_in;
mod log_in_tries;
pub mod log_out;
pub mod mail;
pub mod member;
#[cfg(test)]
pub(crate) mod memory;
pub mod outbox;
pub mod password;
pub mod password_reset;
pub mod ports;
pub mod profile;
#[cfg(test)]
mod properties;
mod prove_password;
pub mod refresh;
pub mod refresh_token;
pub mod request_password_reset;
pub mod resend_confirmation;
pub mod reset_password;
pub mod rotation;
pub mod session;
pub mod sign_up;
pub mod start_session;
pub mod suspend;
pub mod sweep;
mod tell_of_new_password;
mod tell_of_reuse;
mod text;
