//! The session protocol: how a session begins, is used, is refreshed and ends. `docs/sessions.md` explains it.
//!
//! - Values: [`values`], re-exported here; [`keys`], [`access_token`] and [`refresh_token`].
//! - A session's life: [`start_session`], [`authenticate`], [`refresh`] by the rules of [`rotation`], and `endings`.
//! - Use cases of a member: [`log_out`], [`list_sessions`], [`end_session`], [`end_other_sessions`].
//! - Use cases of the site: [`end_all_sessions`], [`sweep`].

pub mod access_token;
pub mod authenticate;
pub mod end_all_sessions;
pub mod end_other_sessions;
pub mod end_session;
pub(crate) mod endings;
pub mod flights;
pub mod keys;
pub mod list_sessions;
pub mod log_out;
pub mod refresh;
pub mod refresh_token;
pub mod rotation;
pub mod start_session;
pub mod sweep;
pub mod values;

#[cfg(test)]
pub(crate) use self::values::usual_lifetimes;
pub use self::values::{
    Client, EndReason, Lifetimes, ListedSession, LiveSession, Persistence, Refusal, Salt,
    SessionId, SessionRow, StoredSession,
};
