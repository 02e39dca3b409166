//! An instance's answer at `/health/ready`.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);
const QUESTION: &[u8] =
    b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// What an instance says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Readiness {
    /// It should get requests.
    Ready,
    /// Its clock is wrong, so it should get none.
    ClockIsWrong,
}

impl Readiness {
    /// Asks the instance on this port.
    ///
    /// # Errors
    /// It does not answer, or is not ready for another reason.
    pub(super) fn of(port: u16) -> io::Result<Self> {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.write_all(QUESTION)?;
        let answer = io::read_to_string(connection)?;
        if answer.starts_with("HTTP/1.1 200") {
            Ok(Self::Ready)
        } else if answer.ends_with("the clock is wrong") {
            Ok(Self::ClockIsWrong)
        } else {
            Err(io::Error::other("it is not ready"))
        }
    }
}
