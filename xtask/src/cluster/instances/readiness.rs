//! An instance's answer at `/health/ready`.

use std::io;

use crate::os::http;

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
        let answer = http::get(port, "/health/ready")?;
        if answer.starts_with("HTTP/1.1 200") {
            Ok(Self::Ready)
        } else if answer.ends_with("the clock is wrong") {
            Ok(Self::ClockIsWrong)
        } else {
            Err(io::Error::other("it is not ready"))
        }
    }
}
