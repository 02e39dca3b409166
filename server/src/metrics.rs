//! `METRICS_ADDR`: what is counted, for Prometheus, on an address of its own. Never a route of the site.

use std::net::SocketAddr;

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusBuilder;

use app::http::layers::counters;

use crate::breaker;

/// Counts from here on, and answers `GET /metrics` at `address`.
///
/// # Errors
/// The address cannot be had.
pub fn serve(address: SocketAddr) -> anyhow::Result<()> {
    PrometheusBuilder::new().with_http_listener(address).install().context("METRICS_ADDR")?;
    domain::describe_counters();
    counters::describe();
    breaker::describe();
    Ok(())
}
