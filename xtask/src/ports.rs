//! Finds free TCP ports on the loopback addresses.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use anyhow::{Context, Result, bail};

/// How many ports from the preferred one on are tried.
pub(crate) const TRIED: u16 = 100;

/// The first free port from `preferred` on.
///
/// # Errors
/// All of them are taken.
pub(crate) fn free_from(preferred: u16) -> Result<u16> {
    let last = preferred.saturating_add(TRIED - 1);
    match (preferred..=last).find(|port| is_free(*port)) {
        Some(port) => Ok(port),
        None => bail!("all ports from {preferred} to {last} are taken"),
    }
}

/// Any free port. Another program may take it before it is used; the ones that ask are few.
///
/// # Errors
/// The operating system has none.
pub(crate) fn any_free() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr().context("no free port")?.port())
}

/// Whether nobody listens on either loopback address: browsers may try `localhost` as IPv6 first, and would
/// show whatever listens there.
pub(crate) fn is_free(port: u16) -> bool {
    let addresses = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
    ];
    addresses.iter().all(|address| match TcpListener::bind(address) {
        Ok(_) => true,
        // A machine without IPv6 answers with another error.
        Err(error) => address.is_ipv6() && error.kind() != ErrorKind::AddrInUse,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_passed_over() -> Result<()> {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = taken.local_addr()?.port();
        assert!(!is_free(port));
        if port < u16::MAX - TRIED {
            assert!(free_from(port)? > port);
        }
        Ok(())
    }
}
