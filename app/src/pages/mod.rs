//! The pages, one a file.

pub(crate) mod account;
pub(crate) mod confirm;
pub(crate) mod failure;
pub(crate) mod forgot;
pub(crate) mod home;
pub(crate) mod login;
pub(crate) mod profile;
pub(crate) mod reset;
pub(crate) mod security;
pub(crate) mod sessions;
pub(crate) mod signup;
#[cfg(feature = "ssr")]
pub(crate) mod unkept;
