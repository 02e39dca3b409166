//! The routes, one a file. The pages themselves are the app's.

pub(crate) mod access_session;
pub(crate) mod assets;
pub(crate) mod health;
pub(crate) mod jwks;
pub(crate) mod mailbox;
pub(crate) mod page;
pub(crate) mod refresh;
pub(crate) mod server_function;
