//! The live-session stores: one set of rules for all, and the specifics of each.

pub(super) mod cluster;
mod conformance;
mod memcached;
mod memory;
mod postgres;
mod probe;
mod races;
mod redis;
mod sentinel;
mod site;
