//! An instance of a site in a process of its own.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::processor;

const TIME_TO_START: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);

/// An instance that runs until it is dropped.
pub struct Instance {
    child: Child,
    pub address: SocketAddr,
}

impl Instance {
    /// Starts the command with a free port as its `PORT`, and waits until it accepts connections.
    pub fn start(command: Command) -> Result<Self> {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        Self::start_at(free, command)
    }

    /// The same at a certain address.
    pub fn start_at(address: SocketAddr, mut command: Command) -> Result<Self> {
        let child = command.env("PORT", address.port().to_string()).spawn();
        let child = child.with_context(|| format!("cannot start {command:?}"))?;
        let mut this = Self { child, address };
        let deadline = Instant::now() + TIME_TO_START;
        while TcpStream::connect(address).is_err() {
            if let Some(status) = this.child.try_wait()? {
                bail!("the instance has ended ({status})");
            }
            if Instant::now() > deadline {
                bail!("the instance does not start");
            }
            thread::sleep(POLL);
        }
        Ok(this)
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Its processor time so far.
    pub fn processor_time(&self) -> Result<Duration> {
        processor::time_of(self.child.id())
    }
}

impl Drop for Instance {
    /// Kills it: nothing is under way that would be lost.
    fn drop(&mut self) {
        // An error means that it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_that_ends_at_once_is_an_error() {
        let error = Instance::start(Command::new("false")).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("the instance has ended (exit status: 1)"));
    }
}
