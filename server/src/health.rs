//! `genkan health`: asks this machine's instance whether it is ready, for health checks in an image without a shell.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, anyhow, bail};
use http_body_util::Empty;
use hyper::{StatusCode, body::Bytes};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::time::timeout;

/// The timeout of connecting and responding.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks for `/health/ready` at the first of `addresses` that accepts a connection. An instance listens on several, of
/// which a machine without IPv6 lacks some.
///
/// # Errors
/// Nothing listens, or the instance does not answer 200.
pub async fn check(addresses: &[SocketAddr]) -> anyhow::Result<()> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let mut last = None;
    for address in addresses {
        let uri = format!("http://{address}/health/ready").parse()?;
        let asked = timeout(TIMEOUT, client.get(uri)).await;
        match asked.map_err(|_| anyhow!("the instance does not answer within {TIMEOUT:?}"))? {
            Ok(response) if response.status() == StatusCode::OK => return Ok(()),
            Ok(response) => {
                let status = response.status().as_u16();
                bail!("the instance is not ready: /health/ready answers {status}")
            }
            Err(error) if error.is_connect() => last = Some((address, error)),
            error => {
                error.context("the program that listens there does not speak HTTP")?;
            }
        }
    }
    let (address, error) = last.context("LISTEN names no address")?;
    Err(error).with_context(|| format!("no instance listens at {address}"))
}
