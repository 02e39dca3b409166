//! Gauges of the connections to the database and of the state of the stores. The state is read from time to time; one
//! that cannot be read is NaN.

use std::time::Duration;

use metrics::{Gauge, describe_gauge, gauge};
use tokio::time::sleep;

use crate::{
    clock,
    postgres::{self, Database},
    redis::Redis,
    state::Genkan,
};

const CONNECTIONS: &str = "database_connections";
const CONNECTIONS_MAX: &str = "database_connections_max";
const WAITING: &str = "database_waiting";
const CLOCK_DIFFERENCE: &str = "clock_difference_seconds";
const STANDBY: &str = "database_synchronous_standby";
const MEMORY_USED: &str = "redis_memory_used_ratio";
const REPLICAS: &str = "redis_connected_replicas";
const MAY_EVICT: &str = "redis_may_evict";

/// As often as Prometheus usually asks.
const EVERY: Duration = Duration::from_secs(15);

/// Describes the gauges.
pub(super) fn describe() {
    describe_gauge!(
        CONNECTIONS,
        "Connections of the instance to the database, by state: used, which includes those being opened, or idle"
    );
    describe_gauge!(CONNECTIONS_MAX, "Connections that the instance may have to the database");
    gauge!(CONNECTIONS_MAX).set(postgres::POOL_SIZE);
    describe_gauge!(WAITING, "Uses of the database that wait for a connection");
    describe_gauge!(
        CLOCK_DIFFERENCE,
        "Seconds by which the instance's clock is ahead of the database's at least; negative if it is behind"
    );
    describe_gauge!(STANDBY, "1 if a commit waits for a second server, else 0");
    describe_gauge!(MEMORY_USED, "Part of its memory that the fullest node of Redis uses");
    describe_gauge!(REPLICAS, "Connected replicas, of the node of Redis that has the fewest");
    describe_gauge!(MAY_EVICT, "1 if Redis deletes records to make room for others, else 0");
}

/// The number of uses of the database that wait for a connection.
#[derive(Debug)]
pub(crate) struct Waiting(Gauge);

impl Waiting {
    pub(crate) fn for_a_connection() -> Self {
        Self(gauge!(WAITING))
    }

    /// Counts one more, until the result is dropped.
    pub(crate) fn begin(&self) -> Waiter<'_> {
        self.0.increment(1.0);
        Waiter(&self.0)
    }
}

/// A use of the database that waits.
pub(crate) struct Waiter<'a>(&'a Gauge);

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Reads the gauges until it is aborted.
pub async fn watch(site: Genkan) {
    loop {
        show_connections(&site.database);
        show_clock(&site).await;
        show_standby(&site.database).await;
        if let Some(redis) = &site.redis {
            show_redis(redis).await;
        }
        sleep(EVERY).await;
    }
}

fn show_connections(database: &Database) {
    let (open, idle) = database.connections();
    gauge!(CONNECTIONS, "state" => "idle").set(idle);
    gauge!(CONNECTIONS, "state" => "used").set(open.saturating_sub(idle));
}

async fn show_clock(site: &Genkan) {
    let reading = clock::read(&site.clock, &site.database).await;
    gauge!(CLOCK_DIFFERENCE).set(reading.map_or(f64::NAN, |it| it.ahead().as_seconds_f64()));
}

async fn show_standby(database: &Database) {
    let waits = postgres::has_synchronous_standby(database).await;
    gauge!(STANDBY).set(waits.map_or(f64::NAN, f64::from));
}

async fn show_redis(redis: &Redis) {
    let (mut memory_used, mut replicas, mut may_evict) = (f64::NAN, f64::NAN, f64::NAN);
    if let Ok(vitals) = redis.vitals().await {
        memory_used = vitals.memory_used;
        replicas = vitals.replicas as f64;
        may_evict = f64::from(vitals.may_evict);
    }
    gauge!(MEMORY_USED).set(memory_used);
    gauge!(REPLICAS).set(replicas);
    gauge!(MAY_EVICT).set(may_evict);
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn whoever_waits_for_a_connection_is_counted_until_it_is_dropped() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let assert_waiting = |count: u8| {
            let shown = recorder.handle().render();
            assert!(shown.contains(&format!("\n{WAITING} {count}\n")), "{count} in {shown}");
        };
        metrics::with_local_recorder(&recorder, || {
            let waiting = Waiting::for_a_connection();
            assert_waiting(0);
            let (one, other) = (waiting.begin(), waiting.begin());
            assert_waiting(2);
            drop(one);
            assert_waiting(1);
            drop(other);
            assert_waiting(0);
        });
    }
}
