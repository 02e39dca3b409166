//! `METRICS_ADDR`: the counters, for Prometheus, on an address of their own. Never a route of the site.

use std::net::SocketAddr;

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;

use app::http::layers::counters;

use crate::breaker;

/// Starts to count, and to answer `GET /metrics` at `address`.
///
/// # Errors
/// The address cannot be bound.
pub fn serve(address: SocketAddr) -> anyhow::Result<()> {
    PrometheusBuilder::new().with_http_listener(address).install().context("METRICS_ADDR")?;
    domain::describe_counters();
    counters::describe();
    breaker::describe();
    Ok(())
}
