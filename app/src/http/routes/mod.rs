//! The routes that are neither pages nor functions, one per file, and [`page`], which serves the pages.

pub(crate) mod assets;
pub(crate) mod auth_refresh;
pub(crate) mod auth_session;
pub(crate) mod change_password;
pub(crate) mod health;
pub(crate) mod jwks;
pub(crate) mod mailbox;
pub(crate) mod page;
pub(crate) mod robots;
pub(crate) mod security_txt;
pub(crate) mod speculation_rules;
