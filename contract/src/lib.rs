//! The contract between the server and the code that the browser downloads, compiled into both: the names in answers,
//! pages and stores, each spelled once.
//!
//! **Architecture Invariant:** it depends on nothing of this workspace, and holds no logic. Every byte of it may end up
//! in the download.

#![warn(missing_docs)]

#[macro_use]
mod names;

pub mod attributes;
mod end_reason;
mod field_problem;
pub mod headers;
mod language;
pub mod limits;
mod notice;
pub mod paths;
mod reason;
mod role;
#[cfg(feature = "serde")]
mod serde_by_name;
mod session_effect;

pub use self::{
    end_reason::EndReason, field_problem::FieldProblem, language::Language, notice::Notice,
    reason::Reason, role::Role, session_effect::SessionEffect,
};
