//! What was measured, as `lab/results/approaches.json` holds it. Every name says its unit; `us` are microseconds.

use serde::{Deserialize, Serialize};
use strum::Display;

/// All results of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    pub machine: Machine,
    /// The stores and their versions, of Redis and Valkey with the allocator
    pub stores: Vec<String>,
    /// The day of the run, as `2026-11-30`
    pub date: String,
    /// The number of times that every load was measured, in another order each time
    pub rounds: usize,
    pub variants: Vec<Variant>,
}

impl Results {
    /// The variant of this name, as `redis@valkey`.
    #[must_use]
    pub fn variant(&self, name: &str) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.name() == name)
    }
}

/// The machine that it was measured on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    pub cores: usize,
    pub kernel: String,
    pub cpu: String,
}

/// An approach on one store or in one topology.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// The approach's id, as `jwt_long`
    pub approach: String,
    pub on: On,
    /// Lines of the approach's own source that are not empty and no comment
    pub lines_of_code: usize,
    /// A page that needs the session. `None`: the approach is measured in another topology.
    pub check: Option<Cost>,
    /// A change of the session
    pub count: Option<Cost>,
    /// `None` also where there is nothing to renew
    pub refresh: Option<Cost>,
    /// A check through the balancer. `None`: a single instance, or one of which most checks are refused
    pub balanced: Option<Balanced>,
    pub round_trips: RoundTrips,
    pub bytes: Bytes,
    pub writes: Writes,
    /// A copied cookie after its session was ended
    pub after_log_out: Access,
    /// A role after it was taken away
    pub after_role_change: Access,
    pub lost: Lost,
    /// Changes that were overwritten, of [`PAIRS`] pairs of changes of one session at the same moment
    pub lost_updates: usize,
    /// `None`: no session store that could fail
    pub store_down: Option<StoreDown>,
    pub forged: Forged,
}

/// The pairs of simultaneous changes.
pub const PAIRS: usize = 100;

impl Variant {
    /// As `redis@valkey`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}@{}", self.approach, self.on)
    }
}

/// The store of the sessions, or for instances that keep them themselves, how requests are spread.
#[derive(Debug, Display, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum On {
    /// One instance
    Alone,
    /// Three instances in turn
    RoundRobin,
    /// Three instances; a cookie of the balancer names the one that a browser began with
    StickyBalancer,
    /// Three instances; the balancer remembers which one has set the application's cookie
    StickyApplication,
    Redis,
    Valkey,
    /// Three masters of Valkey with a replica each
    Cluster,
    /// Redis with a replica and three sentinels
    Sentinel,
    Postgres,
    Memcached,
    /// No store: the browser has everything
    Client,
    /// The memory of the instance, one instance
    Memory,
}

/// A figure of each round.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    /// `None` without a figure.
    #[must_use]
    pub fn of(mut figures: Vec<f64>) -> Option<Self> {
        figures.sort_by(f64::total_cmp);
        let (min, max) = (*figures.first()?, *figures.last()?);
        let middle = figures.len() / 2;
        let median = if figures.len().is_multiple_of(2) {
            f64::midpoint(figures[middle - 1], figures[middle])
        } else {
            figures[middle]
        };
        Some(Self { median, min, max })
    }
}

/// The cost of a kind of request. The instance has one processor, its stores and the load another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// 16 connections at once
    pub requests_per_second: Spread,
    pub p50_ms: Spread,
    pub p99_ms: Spread,
    /// One connection
    pub alone_p50_ms: Spread,
    pub alone_p99_ms: Spread,
    /// Processor time of the instance, 16 at once
    pub server_us: Spread,
    /// Processor time of all stores, Postgres for the members included, 16 at once
    pub store_us: Spread,
}

/// The cost of a request through the balancer, which ends TLS and spreads requests over three instances. These have one
/// processor; the balancer, stores and load another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Balanced {
    #[serde(flatten)]
    pub cost: Cost,
    /// Processor time of the balancer, 16 at once
    pub balancer_us: Spread,
}

/// Round trips to stores in one request: how often it waits for one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RoundTrips {
    pub check: Trips,
    pub count: Trips,
    pub refresh: Option<Trips>,
}

/// Round trips of one request, by store.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Trips {
    pub postgres: f64,
    /// Redis, Valkey or memcached
    pub cache: f64,
}

/// Bytes of one page's request.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bytes {
    /// Names and values of the cookies, or the token
    pub cookie: usize,
    /// All header lines of the request
    pub request_head: usize,
    pub response_head: usize,
    /// What one session takes in its store, or in the memory of the instance, of [`Bytes::sessions`]
    pub store_per_session: Option<f64>,
    /// The number of sessions that were stored
    pub sessions: usize,
}

/// Writes to stores, as these count them: rows of Postgres that are inserted, changed or deleted; commands of Redis that
/// write; items of memcached that are set, touched, or extended by `md`, which a proxy counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Writes {
    /// A page at once after another one
    pub per_check: f64,
    /// A page of a session that was left alone for a minute
    pub per_check_after_a_minute: f64,
    pub per_count: f64,
    /// With what the next page notes of it. `None`: there is nothing to renew
    pub per_refresh: Option<f64>,
}

impl Writes {
    /// Those of an hour in which a member loads two pages a minute, and refreshes when a token's five minutes are over.
    /// The first page of a minute writes what is due after a minute, and the second what every page writes.
    #[must_use]
    pub fn per_hour(&self) -> f64 {
        let pages = 60.0 * (self.per_check_after_a_minute + self.per_check);
        pages + 12.0 * self.per_refresh.unwrap_or_default()
    }
}

/// How long something that was taken away still works on another instance, watched with lifetimes of
/// [`Access::lifetime_s`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Access {
    /// `None`: it still worked when watching ended.
    pub ended_after_s: Option<f64>,
    pub watched_s: f64,
    /// The lifetime of short-lived tokens while it was watched
    pub lifetime_s: f64,
}

/// What an [`Access`] amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The next request was refused.
    NextRequest,
    /// Refused once the short-lived token had expired
    TokenExpires,
    /// Not while it was watched
    StillWorks,
}

impl Access {
    /// The class of this measurement: a request that came within a tenth of the lifetime is the next one.
    #[must_use]
    pub fn until(&self) -> Until {
        match self.ended_after_s {
            None => Until::StillWorks,
            Some(seconds) if seconds < self.lifetime_s / 10.0 => Until::NextRequest,
            Some(_) => Until::TokenExpires,
        }
    }
}

/// What is gone after an event. `None`: it does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Lost {
    /// Nothing happens but the next request.
    pub undisturbed: Option<Loss>,
    /// One of the instances
    pub instance_killed: Option<Loss>,
    /// A fourth one
    pub instance_added: Option<Loss>,
    /// One of the instances is killed and started again.
    pub instance_restarted: Option<Loss>,
    pub store_restarted: Option<Loss>,
    /// The same, where the store can append its writes to a file and does
    pub store_restarted_from_log: Option<Loss>,
    pub store_wiped: Option<Loss>,
    pub store_failed_over: Option<Loss>,
    pub store_full: Option<Loss>,
}

/// Shares from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loss {
    pub sessions: f64,
    /// Counters that are gone, those of lost sessions included. `None`: there were none.
    pub counters: Option<f64>,
}

/// A page while the session store is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StoreDown {
    /// `None`: no response within [`StoreDown::waited_s`]
    pub status: Option<u16>,
    pub waited_s: f64,
}

impl StoreDown {
    /// Returns whether nobody got in.
    #[must_use]
    pub fn fails_closed(&self) -> bool {
        self.status != Some(200)
    }
}

/// A request with a cookie or token that was altered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Forged {
    /// Processor time, 16 at once, as of [`Cost`]. `None`: left out of every round
    pub server_us: Option<Spread>,
    pub store_us: Option<Spread>,
    pub round_trips: Trips,
}

#[cfg(test)]
pub(crate) mod tests;
