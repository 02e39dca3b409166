//! Genkan without the web and without a database: members, passwords, tokens, sessions and the use cases around them.
//! Everything outside is reached through traits, the `ports` of each subject. Time is a parameter, so a test can choose
//! any moment.
//!
//! **Architecture Invariant:** this crate knows no Leptos, no Axum, no sqlx and no Redis. Of the workspace it imports
//! only `contract`.

#![warn(missing_docs)]

/// As `std::assert_matches!`, which is not stable yet.
#[cfg(test)]
macro_rules! assert_matches {
    ($value:expr, $pattern:pat $(, $message:literal)?) => {
        match $value {
            $pattern => {}
            other => panic!(
                "{other:?} does not match {}{}",
                stringify!($pattern),
                String::new() $(+ ": " + &format!($message))?
            ),
        }
    };
}

pub mod account;
pub mod audit;
#[cfg(test)]
mod boundaries;
pub mod counters;
pub mod credentials;
pub mod fields;
pub mod limits;
pub mod mail;
#[cfg(any(test, feature = "memory-ports"))]
pub mod memory;
#[cfg(test)]
mod properties;
pub mod resources;
pub mod session;
mod text;

pub use self::{
    resources::Resources,
    session::{StoreError, causes},
};

/// Describes every counter of the domain to the recorder of metrics, once at the start.
pub fn describe_counters() {
    counters::describe(limits::names());
}
