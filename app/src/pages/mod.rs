//! The pages, one a file.

pub(crate) mod confirm;
pub(crate) mod failure;
pub(crate) mod home;
pub(crate) mod login;
pub(crate) mod profile;
pub(crate) mod signup;
