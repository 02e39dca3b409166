//! What was measured, as `growth.json` holds it. Every name says its unit.

use std::time::Duration;

use measuring::load::Latencies;
use serde::Serialize;

use crate::{requests::Kind, stores::Usage};

#[derive(Serialize)]
pub struct Results {
    pub steps: Vec<Step>,
    pub instances: Vec<Shared>,
}

/// What was measured with one number of members.
#[derive(Serialize)]
pub struct Step {
    pub members: u32,
    pub space: Space,
    pub costs: Vec<Cost>,
}

impl Step {
    /// The cost of this kind of request with so many connections.
    pub fn cost(&self, kind: Kind, connections: usize) -> Option<&Cost> {
        self.costs.iter().find(|cost| cost.kind == kind && cost.connections == connections)
    }
}

/// What one of each takes in its store.
#[derive(Serialize)]
pub struct Space {
    pub member: Row,
    pub session: Row,
    pub live_session_bytes: f64,
}

/// A row, with its share of what the table needs besides.
#[derive(Serialize)]
pub struct Row {
    pub table_bytes: f64,
    pub index_bytes: f64,
}

/// The cost of one request.
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

/// The cost of one request to one of several instances.
#[derive(Serialize)]
pub struct Shared {
    pub instances: usize,
    pub statements: f64,
    pub commands: f64,
    pub cost: Cost,
}

#[cfg(test)]
pub mod tests {
    use super::*;

    fn some_cost(kind: Kind, connections: usize) -> Cost {
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

    /// Results for two numbers of members.
    pub fn some_results() -> Results {
        let row = || Row { table_bytes: 300.0, index_bytes: 90.0 };
        let step = |members| Step {
            members,
            space: Space { member: row(), session: row(), live_session_bytes: 320.0 },
            costs: Kind::ALL.map(|kind| some_cost(kind, crate::AT_ONCE)).into(),
        };
        let shared = |instances| Shared {
            instances,
            statements: 1.0,
            commands: 1.0,
            cost: some_cost(Kind::Profile, crate::AT_ONCE),
        };
        Results { steps: vec![step(1000), step(10_000)], instances: vec![shared(1), shared(2)] }
    }

    #[test]
    fn what_was_used_between_two_readings_is_divided_by_the_requests() {
        let cost = some_cost(Kind::Check, 16);
        assert_eq!([cost.server_us, cost.postgres_us, cost.redis_us], [2000.0, 1000.0, 200.0]);
        assert_eq!(cost.log_bytes, 200.0);
        assert_eq!([cost.requests_per_second, cost.median_ms, cost.p99_ms], [2000.0, 1.0, 1.0]);
    }
}
