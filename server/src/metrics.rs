//! `METRICS_ADDR`: the metrics, for Prometheus, on an address of their own. Never a route of the site.

mod times;
mod vitals;

use std::net::SocketAddr;

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

use app::http::layers::counters;

pub use self::vitals::watch;
pub(crate) use self::{
    times::{Store, Times},
    vitals::Waiting,
};
use crate::breaker;

/// Upper bounds of the histograms, in seconds: from a cached page to a request that gives up. Without them the exporter
/// would write summaries, which cannot be added up over instances.
const BUCKETS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Starts to count, and to answer `GET /metrics` at `address`.
///
/// # Errors
/// The address cannot be bound.
pub fn serve(address: SocketAddr) -> anyhow::Result<()> {
    PrometheusBuilder::new()
        .with_http_listener(address)
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
        .and_then(PrometheusBuilder::install)
        .context("METRICS_ADDR")?;
    domain::describe_counters();
    counters::describe();
    breaker::describe();
    times::describe();
    vitals::describe();
    Ok(())
}
