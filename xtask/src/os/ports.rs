//! Free TCP ports on the loopback addresses.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};

use anyhow::{Context, Result};

/// The number of ports tried from the preferred one on.
pub(crate) const TRIED: u16 = 100;
/// The first port of the first [`Block`], and the end of the last one.
const BLOCKS: (u16, u16) = (21_000, 31_000);

/// The first free port from `preferred` on.
pub(crate) fn free_from(preferred: u16) -> Result<u16> {
    (preferred..preferred.saturating_add(TRIED))
        .find(|port| is_free(*port))
        .with_context(|| format!("{TRIED} ports from {preferred} on are taken"))
}

/// Any free port. Another program could take it before it is used, but that is rare.
pub(crate) fn any_free() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr().context("no free port")?.port())
}

/// Ports for servers that may be stopped and started again: a block of them, below those that the system gives to outgoing
/// connections. The first one is held until this is dropped, so that another run of this program takes another block,
/// even if the servers of this one are stopped.
pub(crate) struct Block {
    /// From 0 on, different for each run that is under way
    pub(crate) number: u16,
    next: u16,
    _held: TcpListener,
}

impl Block {
    pub(crate) fn reserve() -> Result<Self> {
        let held = |first| TcpListener::bind((Ipv4Addr::LOCALHOST, first)).ok();
        let mut blocks = (0..).zip((BLOCKS.0..BLOCKS.1).step_by(usize::from(TRIED)));
        blocks
            .find_map(|(number, first)| Some(Self { number, next: first + 1, _held: held(first)? }))
            .with_context(|| format!("no ports are free from {} to {}", BLOCKS.0, BLOCKS.1))
    }

    /// The next free port.
    pub(crate) fn take(&mut self) -> Result<u16> {
        let port = free_from(self.next)?;
        self.next = port + 1;
        Ok(port)
    }

    /// A free port from `preferred` on that no other run is given here: each has one in a hundred.
    pub(crate) fn public(&self, preferred: u16) -> Result<u16> {
        (preferred + self.number..=u16::MAX)
            .step_by(usize::from((BLOCKS.1 - BLOCKS.0) / TRIED))
            .find(|port| is_free(*port))
            .with_context(|| format!("no ports are free from {preferred} on"))
    }
}

/// Returns whether nothing listens on either loopback address. Browsers may try IPv6 first for `localhost`, and would
/// show another server there.
pub(crate) fn is_free(port: u16) -> bool {
    let addresses: [SocketAddr; 2] =
        [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()];
    addresses.iter().all(|address| match TcpListener::bind(address) {
        Ok(_) => true,
        // A machine without IPv6 returns another error.
        Err(error) => address.is_ipv6() && error.kind() != ErrorKind::AddrInUse,
    })
}

/// Returns whether something accepts connections on this port.
pub(crate) fn accepts(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_at_the_same_time_get_different_public_ports_before_they_listen() -> Result<()> {
        let (first, second) = (Block::reserve()?, Block::reserve()?);
        assert_ne!(first.number, second.number);
        assert_ne!(first.public(9443)?, second.public(9443)?);
        Ok(())
    }

    #[test]
    fn a_public_port_that_another_program_has_is_not_given() -> Result<()> {
        let block = Block::reserve()?;
        let taken = block.public(9443)?;
        let _other = TcpListener::bind((Ipv4Addr::LOCALHOST, taken))?;
        assert!(block.public(9443)? > taken);
        Ok(())
    }
}
