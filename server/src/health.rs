//! `genkan health`: asks this machine's instance whether it is ready, for health checks in an image without a shell.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, bail};

/// The timeout of connecting, of sending, and of each wait for the response.
const PATIENCE: Duration = Duration::from_secs(5);
/// Sent and read by hand: one response, which ends with its connection.
const QUESTION: &[u8] =
    b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// Asks for `/health/ready` at the first of `addresses` that accepts a connection. An instance listens on several, of
/// which a machine without IPv6 lacks some.
///
/// # Errors
/// Nothing listens, or the instance does not answer 200.
pub fn check(addresses: &[SocketAddr]) -> anyhow::Result<()> {
    let mut connection = connect(addresses)?;
    let answer = ask(&mut connection).context("the instance does not answer")?;
    match status_of(&answer) {
        Some("200") => Ok(()),
        Some(status) => bail!("the instance is not ready: /health/ready answers {status}"),
        None => bail!("the program that listens there does not speak HTTP"),
    }
}

fn connect(addresses: &[SocketAddr]) -> anyhow::Result<TcpStream> {
    let mut last = None;
    for address in addresses {
        match TcpStream::connect_timeout(address, PATIENCE) {
            Ok(connection) => return Ok(connection),
            Err(error) => last = Some((address, error)),
        }
    }
    let (address, error) = last.context("LISTEN names no address")?;
    Err(error).with_context(|| format!("no instance listens at {address}"))
}

fn ask(connection: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_write_timeout(Some(PATIENCE))?;
    connection.write_all(QUESTION)?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    Ok(answer)
}

/// The status in the first line of a response (RFC 9112 §4).
fn status_of(answer: &[u8]) -> Option<&str> {
    let line = str::from_utf8(answer.split(|byte| *byte == b'\r').next()?).ok()?;
    line.strip_prefix("HTTP/1.1 ")?.split(' ').next()
}
