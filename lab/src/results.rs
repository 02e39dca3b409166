//! What was measured, as `lab/results/approaches.json` holds it. Every name says its unit; `us` are microseconds.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

/// All results of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    pub machine: Machine,
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
    /// `None`: a proxy that counts them cannot stand before a cluster or sentinels.
    pub round_trips: Option<RoundTrips>,
    pub bytes: Bytes,
    /// `None`: several servers, which are not asked.
    pub writes: Option<Writes>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

impl Display for On {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alone => "alone",
            Self::RoundRobin => "round-robin",
            Self::StickyBalancer => "sticky-balancer",
            Self::StickyApplication => "sticky-application",
            Self::Redis => "redis",
            Self::Valkey => "valkey",
            Self::Cluster => "cluster",
            Self::Sentinel => "sentinel",
            Self::Postgres => "postgres",
            Self::Memcached => "memcached",
            Self::Client => "client",
            Self::Memory => "memory",
        })
    }
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

/// Changes of what a store keeps, as the store counts them: rows, or keys that are set, touched or deleted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Writes {
    pub per_check: f64,
    pub per_count: f64,
    pub per_refresh: Option<f64>,
    /// The approach writes at a check if the last such write is that old.
    pub check_writes_each_s: Option<f64>,
    /// Of a member who loads a page each [`PAGE_EACH_S`] seconds, and refreshes when the token's five minutes are over.
    pub per_hour: f64,
}

/// The seconds between two pages of an active member.
pub const PAGE_EACH_S: f64 = 30.0;

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

/// The share of sessions, from 0 to 1, that are gone after an event. `None`: it does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Lost {
    /// Nothing happens but the next request.
    pub undisturbed: Option<f64>,
    /// One of the instances
    pub instance_killed: Option<f64>,
    /// A fourth one
    pub instance_added: Option<f64>,
    /// One of the instances is killed and started again.
    pub instance_restarted: Option<f64>,
    pub store_restarted: Option<f64>,
    pub store_wiped: Option<f64>,
    pub store_failed_over: Option<f64>,
    pub store_full: Option<f64>,
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
    pub server_us: f64,
    pub store_us: f64,
    /// `None` as in [`Variant::round_trips`]
    pub round_trips: Option<Trips>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Made up, as for the tests of a report.
    pub(crate) fn some_results() -> Results {
        let variants = [
            ("memory", On::Alone),
            ("memory", On::RoundRobin),
            ("memory", On::StickyBalancer),
            ("memory", On::StickyApplication),
            ("memcached", On::Memcached),
            ("redis_common", On::Redis),
            ("redis", On::Redis),
            ("redis", On::Valkey),
            ("redis", On::Cluster),
            ("redis", On::Sentinel),
            ("rdb_every_request", On::Postgres),
            ("rdb_once_a_minute", On::Postgres),
            ("sealed_cookie", On::Client),
            ("jwt_long", On::Client),
            ("jwt_short", On::Client),
            ("jwe", On::Client),
            ("spa_local_storage", On::Client),
            ("spa_memory", On::Client),
            ("jwt_store", On::Redis),
            ("genkan", On::Redis),
            ("genkan", On::Sentinel),
            ("genkan", On::Postgres),
            ("genkan", On::Memcached),
            ("genkan", On::Memory),
        ];
        Results {
            machine: Machine {
                cores: 2,
                kernel: "6.1".to_owned(),
                cpu: "some processor".to_owned(),
            },
            date: "2026-11-30".to_owned(),
            rounds: 3,
            variants: variants.map(|(approach, on)| some_variant(approach, on)).into(),
        }
    }

    fn some_variant(approach: &str, on: On) -> Variant {
        let spread = |median: f64| Spread { median, min: median * 0.9, max: median * 1.2 };
        let cost = Cost {
            requests_per_second: spread(12_000.0),
            p50_ms: spread(1.3),
            p99_ms: spread(2.9),
            alone_p50_ms: spread(0.2),
            alone_p99_ms: spread(0.4),
            server_us: spread(60.0),
            store_us: spread(25.0),
        };
        let trips = Trips { postgres: 1.0, cache: 1.0 };
        let is_measured = on != On::RoundRobin;
        let has_store = on == On::Redis;
        Variant {
            approach: approach.to_owned(),
            on,
            lines_of_code: 80,
            check: is_measured.then(|| cost.clone()),
            count: is_measured.then(|| cost.clone()),
            refresh: (approach == "genkan").then_some(cost),
            round_trips: is_measured.then_some(RoundTrips {
                check: trips,
                count: trips,
                refresh: None,
            }),
            bytes: Bytes {
                cookie: 45,
                request_head: 160,
                response_head: 180,
                store_per_session: has_store.then_some(420.0),
                sessions: 100_000,
            },
            writes: has_store.then_some(Writes {
                per_check: 1.0,
                per_count: 1.0,
                per_refresh: None,
                check_writes_each_s: None,
                per_hour: 120.0,
            }),
            after_log_out: Access {
                ended_after_s: (approach != "jwt_long").then_some(0.01),
                watched_s: 6.0,
                lifetime_s: 2.0,
            },
            after_role_change: Access {
                ended_after_s: Some(if approach == "jwt_long" { 2.1 } else { 0.01 }),
                watched_s: 6.0,
                lifetime_s: 2.0,
            },
            lost: Lost {
                undisturbed: Some(if on == On::RoundRobin { 0.67 } else { 0.0 }),
                store_restarted: has_store.then_some(1.0),
                ..Lost::default()
            },
            lost_updates: 12,
            store_down: has_store.then_some(StoreDown { status: Some(503), waited_s: 0.8 }),
            forged: Forged { server_us: 30.0, store_us: 0.0, round_trips: Some(trips) },
        }
    }

    #[test]
    fn results_are_read_as_they_were_written() -> anyhow::Result<()> {
        let results = some_results();
        let read: Results = serde_json::from_str(&serde_json::to_string(&results)?)?;
        assert_eq!(read, results);
        assert!(results.variant("genkan@redis").is_some());
        Ok(())
    }

    #[test]
    fn a_store_has_one_name_in_the_file_and_in_a_variants_name() -> anyhow::Result<()> {
        for on in [On::Alone, On::StickyApplication, On::RoundRobin, On::Memcached] {
            assert_eq!(serde_json::to_value(on)?, on.to_string());
        }
        Ok(())
    }

    #[test]
    fn a_spread_is_the_middle_figure_and_both_ends() {
        let spread = |figures: &[f64]| Spread::of(figures.to_vec());
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some(Spread { median: 2.0, min: 1.0, max: 3.0 }));
        assert_eq!(spread(&[4.0, 1.0]), Some(Spread { median: 2.5, min: 1.0, max: 4.0 }));
        assert_eq!(spread(&[]), None);
    }

    #[test]
    fn what_ends_at_once_ends_with_the_next_request() {
        let after = |ended_after_s| Access { ended_after_s, watched_s: 6.0, lifetime_s: 2.0 };
        assert_eq!(after(Some(0.01)).until(), Until::NextRequest);
        assert_eq!(after(Some(1.9)).until(), Until::TokenExpires);
        assert_eq!(after(None).until(), Until::StillWorks);
    }
}
