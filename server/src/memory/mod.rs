//! Stores within one instance: live sessions, for operators who run a single instance and want no other store for them.
//!
//! **Architecture Invariant:** nothing here is the truth about anything, and another instance cannot see it. The
//! configuration refuses it if there may be more than one.

mod limits;
mod live_sessions;
mod other_process;

pub use self::{
    limits::LocalLimits,
    live_sessions::{CAPACITY, MemoryLiveSessions},
    other_process::OtherProcess,
};
