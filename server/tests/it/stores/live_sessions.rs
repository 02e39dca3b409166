//! The front desk, in every store that can keep it: one set of rules, which each store keeps, and beside it
//! what is a store's own.

pub(super) mod cluster;
mod conformance;
mod desk;
mod memory;
mod postgres;
mod races;
mod redis;
mod sentinel;
mod site;
