//! One file per command.

pub(crate) mod bench;
pub(crate) mod cluster;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod drill;
pub(crate) mod lab;
pub(crate) mod lighthouse;
pub(crate) mod release;
pub(crate) mod sqlx;
pub(crate) mod test;
