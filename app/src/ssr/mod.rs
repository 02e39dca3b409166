//! The server's half of the pages: cookies, who asks, what a visitor left, and how a form post without
//! scripts is answered. Compiled for the server alone.

pub mod cookies;
pub mod device;
pub mod form_post;
pub mod guard;
pub mod identity;
pub mod locale;
pub mod next;
pub mod request;
pub mod security;
pub mod status;
pub mod visitor;
