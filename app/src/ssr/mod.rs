//! The server's half of the pages: cookies, who asks, what a visitor left, and which page holds which
//! form. Compiled for the server alone.

pub mod cookies;
pub mod device;
pub mod forms;
pub mod guard;
pub mod identity;
pub mod locale;
pub mod next;
#[cfg(test)]
mod properties;
pub mod request;
pub mod security;
pub mod status;
pub mod visitor;
pub mod wishes;
