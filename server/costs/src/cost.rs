//! What a kind of request costs: processor time of the server and of its stores, and latency.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use domain::session::{access_token::AccessTokens, keys::KeyRing};
use measuring::load::{self, Latencies, Repeats, Requests};
use serde::Serialize;

use crate::{
    instance::{self, Program, Running},
    population::{Sample, Subject},
    requests::{self, Kind, Tokens},
    stores::{Stores, Usage},
};

/// Connections of a load.
pub const AT_ONCE: usize = 16;
/// Time in which connections are opened and statements prepared.
pub const WARM_UP: Duration = Duration::from_millis(500);
const MEASURED: Duration = Duration::from_secs(4);
/// Longer than a run.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// What every measurement needs.
pub struct Bench {
    pub program: Program,
    pub stores: Stores,
    pub tokens: Tokens,
}

/// The cost of one request. Every name says its unit.
#[derive(Serialize)]
pub struct Cost {
    pub kind: Kind,
    pub connections: usize,
    pub requests: usize,
    pub requests_per_second: f64,
    pub median_ms: f64,
    pub p99_ms: f64,
    pub server_us: f64,
    pub postgres_us: f64,
    pub redis_us: f64,
    /// Written to Postgres' write-ahead log
    pub log_bytes: f64,
}

impl Bench {
    pub async fn new(program: Program, database_url: &str, redis_url: &str) -> Result<Self> {
        let keys = KeyRing::parse(instance::KEY)?;
        let access = AccessTokens::new(&keys, instance::PUBLIC_URL, TOKEN_LIFETIME);
        let stores = Stores::connect(database_url, redis_url).await?;
        Ok(Self { program, stores, tokens: Tokens::new(keys, access) })
    }

    /// The cost of each of these kinds of request at one instance, with one connection and under load.
    pub async fn costs(&self, kinds: &[Kind], sample: &Sample) -> Result<Vec<Cost>> {
        let server = self.program.start(1)?;
        let mut costs = Vec::new();
        for &kind in kinds {
            let repeating = self.requests(kind, sample.repeating(kind), Repeats::Yes);
            load::run(&server.addresses(), &repeating, AT_ONCE, WARM_UP).await?;
            for (connections, refreshing) in [1, AT_ONCE].into_iter().zip(&sample.refreshing) {
                let requests = match kind {
                    Kind::Refresh => self.requests(kind, refreshing, Repeats::No),
                    _ => Arc::clone(&repeating),
                };
                costs.push(self.cost(&server, kind, &requests, connections).await?);
            }
        }
        Ok(costs)
    }

    pub async fn cost(
        &self,
        to: &Running,
        kind: Kind,
        requests: &Arc<Requests>,
        connections: usize,
    ) -> Result<Cost> {
        let before = self.stores.usage(to).await?;
        let took = load::run(&to.addresses(), requests, connections, MEASURED).await?;
        let after = self.stores.usage(to).await?;
        Ok(Cost::new(kind, connections, &took, [before, after]))
    }

    pub fn requests(&self, kind: Kind, of: &[Subject], repeats: Repeats) -> Arc<Requests> {
        Arc::new(requests::requests(kind, of, &self.tokens, repeats))
    }
}

impl Cost {
    /// Divides what was used between two readings by the number of requests.
    pub fn new(
        kind: Kind,
        connections: usize,
        took: &Latencies,
        [before, after]: [Usage; 2],
    ) -> Self {
        let requests = took.requests();
        let each = |total: f64| total / requests as f64;
        let microseconds = |time: fn(&Usage) -> Duration| {
            each(time(&after).saturating_sub(time(&before)).as_secs_f64() * 1e6)
        };
        Self {
            kind,
            connections,
            requests,
            requests_per_second: took.per_second(),
            median_ms: took.percentile(0.5).as_secs_f64() * 1e3,
            p99_ms: took.percentile(0.99).as_secs_f64() * 1e3,
            server_us: microseconds(|usage| usage.server),
            postgres_us: microseconds(|usage| usage.postgres),
            redis_us: microseconds(|usage| usage.redis),
            log_bytes: each((after.log_bytes - before.log_bytes) as f64),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn some_cost(kind: Kind, connections: usize) -> Cost {
        let millisecond = Duration::from_millis(1);
        let usage = |times: u32| Usage {
            server: millisecond * times,
            postgres: millisecond * times / 2,
            redis: millisecond * times / 10,
            log_bytes: i64::from(times) * 100,
        };
        let took = Latencies::of(vec![millisecond; 4], millisecond * 2);
        Cost::new(kind, connections, &took, [usage(4), usage(12)])
    }

    #[test]
    fn what_was_used_between_two_readings_is_divided_by_the_requests() {
        let cost = some_cost(Kind::Check, 16);
        assert_eq!([cost.server_us, cost.postgres_us, cost.redis_us], [2000.0, 1000.0, 200.0]);
        assert_eq!(cost.log_bytes, 200.0);
        assert_eq!([cost.requests_per_second, cost.median_ms, cost.p99_ms], [2000.0, 1.0, 1.0]);
    }
}
