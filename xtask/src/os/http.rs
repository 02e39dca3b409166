//! Requests to servers on this machine, without a client's dependencies.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Sends a GET over a connection of its own, and returns the whole response.
pub(crate) fn get(port: u16, path: &str) -> io::Result<String> {
    let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    write!(connection, "{request}accept: text/html\r\n\r\n")?;
    io::read_to_string(connection)
}
