//! The contract between the server and what the browser downloads, compiled into both: names that appear in answers, in
//! pages and in stores, each spelled once.
//!
//! **Architecture Invariant:** depends on nothing of this workspace, and holds no logic. Every byte of it may end up in
//! the browser's download.

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
