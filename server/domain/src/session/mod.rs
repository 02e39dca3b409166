//! The session protocol: how a session begins, is used, is refreshed and ends. `docs/sessions.md` explains it.
//!
//! - Values: [`values`] and [`row`], re-exported here; [`keys`], [`access_token`] and [`refresh_token`].
//! - Its surroundings: [`ports`], and [`resources`], which bundles them with keys and settings.
//! - A session's life: [`start_session`], [`authenticate`], [`refresh`] by the rules of [`rotation`], and `endings`.
//! - The clock that tokens are checked by: [`clock`].
//! - Use cases of a member: [`log_out`], [`list_sessions`], [`end_session`], [`end_other_sessions`].
//! - Use cases of the site: [`end_all_sessions`], [`sweep`].
//! - What it reports: [`audit`] and `counters`.
//!
//! **Architecture Invariant:** of a member it knows only the id, the role and the authority version, and it imports
//! nothing else of this crate, as a test in `boundaries.rs` checks. The folder could be moved to a crate of its own.

pub mod access_token;
pub mod audit;
pub mod authenticate;
mod causes;
pub mod clock;
pub(crate) mod counters;
pub mod end_all_sessions;
pub mod end_other_sessions;
pub mod end_session;
pub(crate) mod endings;
mod issued_tokens;
pub mod keys;
pub mod list_sessions;
pub mod log_out;
pub mod ports;
pub mod refresh;
mod refresh_error;
pub mod refresh_token;
pub mod resources;
pub mod rotation;
pub mod row;
pub mod single_flight;
pub mod start_session;
mod store_error;
pub mod sweep;
pub mod values;

#[cfg(any(test, feature = "memory-ports"))]
pub(crate) use self::values::usual_lifetimes;
pub use self::{
    causes::causes,
    endings::Closings,
    issued_tokens::IssuedTokens,
    resources::Resources,
    row::{ListedSession, RowState, Salt, SeenCursor, SessionRow, StoredSession},
    store_error::StoreError,
    values::{
        Client, EndReason, Lifetimes, LiveSession, MemberId, Persistence, Refusal, Role, SessionId,
    },
};
