//! Credentials: how members prove who they are.
//!
//! - Values: [`password`] with its hashing, [`password_reset`] (the link of a forgotten password), [`device`] (the mark
//!   of a browser that an account knows).
//! - Use cases: [`log_in`], [`change_password`], [`request_password_reset`], [`reset_password`].
//! - Parts of them: `log_in_tries` limits failed log-ins, [`prove_password`] asks a signed-in member for the password
//!   again.

pub mod change_password;
pub mod device;
pub mod log_in;
mod log_in_tries;
pub mod password;
pub mod password_reset;
pub mod ports;
pub mod prove_password;
pub mod request_password_reset;
pub mod reset_password;
