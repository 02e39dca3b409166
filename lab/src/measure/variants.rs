//! The variants that are measured: each approach on its stores, or in its topologies.

use anyhow::{Context, Result};
use strum::VariantArray;

use super::stores::Store;
use crate::{approaches::Approach, results::On};

/// An approach on one store or in one topology.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    pub approach: Approach,
    pub on: On,
}

impl Variant {
    /// Every variant.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for approach in Approach::VARIANTS.iter().copied() {
            all.extend(places(approach).iter().map(|on| Self { approach, on: *on }));
        }
        all
    }

    /// The variant of this name, as `redis@valkey`.
    pub fn named(name: &str) -> Result<Self> {
        let found = Self::all().into_iter().find(|variant| variant.name() == name);
        found.with_context(|| {
            let all: Vec<_> = Self::all().iter().map(Self::name).collect();
            format!("there is no variant `{name}`: {}", all.join(", "))
        })
    }

    pub fn name(&self) -> String {
        format!("{}@{}", self.approach, self.on)
    }

    /// Returns whether the cost of its requests is measured at one instance, without the balancer. Where sessions stay with
    /// their instance, the variant with a single one has it.
    pub fn is_measured_directly(&self) -> bool {
        self.topology() != Topology::Balanced
    }

    /// Returns whether the cost of its checks is measured through the balancer: not where most of them are refused.
    pub fn is_measured_balanced(&self) -> bool {
        self.topology() != Topology::Alone && self.on != On::RoundRobin
    }

    /// The store of its sessions.
    pub fn session_store(&self) -> Option<Store> {
        match self.on {
            On::Redis => Some(Store::Redis),
            On::Valkey => Some(Store::Valkey),
            On::Cluster => Some(Store::Cluster),
            On::Sentinel => Some(Store::Sentinel),
            On::Postgres => Some(Store::Postgres),
            On::Memcached if self.approach == Approach::Genkan => Some(Store::MemcachedRefusing),
            On::Memcached => Some(Store::Memcached),
            On::Alone
            | On::RoundRobin
            | On::StickyBalancer
            | On::StickyApplication
            | On::Client
            | On::Memory => None,
        }
    }

    /// The stores that it uses. Postgres has the members of every approach.
    pub fn stores(&self) -> Vec<Store> {
        let others = self.session_store().filter(|store| *store != Store::Postgres);
        [Store::Postgres].into_iter().chain(others).collect()
    }

    pub fn topology(&self) -> Topology {
        match self.on {
            On::Alone | On::Memory => Topology::Alone,
            On::RoundRobin | On::StickyBalancer | On::StickyApplication => Topology::Balanced,
            _ => Topology::Shared,
        }
    }
}

/// How many instances know a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// The only one
    Alone,
    /// One of several
    Balanced,
    /// Any
    Shared,
}

fn places(approach: Approach) -> &'static [On] {
    match approach {
        Approach::Memory => &[On::Alone, On::RoundRobin, On::StickyBalancer, On::StickyApplication],
        Approach::Memcached => &[On::Memcached],
        Approach::Redis => &[On::Redis, On::Valkey, On::Cluster, On::Sentinel],
        Approach::RedisCommon | Approach::JwtStore => &[On::Redis],
        Approach::RdbEveryRequest | Approach::RdbOnceAMinute => &[On::Postgres],
        Approach::SealedCookie
        | Approach::JwtLong
        | Approach::JwtShort
        | Approach::Jwe
        | Approach::SpaLocalStorage
        | Approach::SpaMemory => &[On::Client],
        Approach::Genkan => &[On::Redis, On::Sentinel, On::Postgres, On::Memcached, On::Memory],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sessions_in_memory_that_are_asked_for_in_turn_have_no_cost() {
        let has_none = |it: &Variant| !it.is_measured_directly() && !it.is_measured_balanced();
        let without: Vec<_> =
            Variant::all().iter().filter(|it| has_none(it)).map(Variant::name).collect();
        assert_eq!(without, ["memory@round-robin"]);
    }

    #[test]
    fn every_approach_is_measured_under_names_of_its_own() -> Result<()> {
        for approach in Approach::VARIANTS {
            assert!(
                Variant::all().iter().any(|variant| variant.approach == *approach),
                "{approach}"
            );
        }
        for variant in Variant::all() {
            assert_eq!(Variant::named(&variant.name())?, variant);
        }
        assert!(Variant::named("redis@paper").is_err());
        Ok(())
    }
}
