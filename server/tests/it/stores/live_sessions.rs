//! Live sessions in every store that can keep them: one set of rules for all, and beside it what is specific to a
//! store.

pub(super) mod cluster;
mod conformance;
mod memory;
mod postgres;
mod probe;
mod races;
mod redis;
mod sentinel;
mod site;
