//! What one instance can keep for itself alone: live sessions, for whoever runs a single instance and wants
//! no other store for them.
//!
//! **Architecture Invariant:** nothing here is the truth about anything, and another instance does not know
//! of it. The configuration refuses it where there may be more than one.

mod limits;
mod live_sessions;
mod other_process;

pub use self::{
    limits::LocalLimits,
    live_sessions::{CAPACITY, Clock, MemoryLiveSessions},
    other_process::OtherProcess,
};
