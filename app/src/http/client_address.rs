//! The client address of a request. Limits count by it, so a client must not be able to choose it.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address that the outermost trusted proxy saw. Each proxy appends the address of its client, so the last
/// `trusted_hops` entries over all lines of the header come from trusted proxies; anybody can write the entries before
/// them. Falls back to the peer's address if the entry is missing or unreadable.
#[must_use]
pub fn client_address(
    headers: &HeaderMap,
    peer: Option<IpAddr>,
    trusted_hops: usize,
) -> Option<IpAddr> {
    forwarded(headers, trusted_hops).or(peer).map(|address| address.to_canonical())
}

fn forwarded(headers: &HeaderMap, trusted_hops: usize) -> Option<IpAddr> {
    // Bytes, not text: an entry that is not valid text must not hide the others.
    let entries: Vec<_> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .collect();
    let place = entries.len().checked_sub(trusted_hops)?;
    read(std::str::from_utf8(entries.get(place)?).ok()?.trim())
}

/// Parses an address alone, in brackets, or with a port.
fn read(entry: &str) -> Option<IpAddr> {
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const PEER: &str = "10.0.0.1";

    fn address(lines: &[&[u8]], hops: usize) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line).unwrap());
        }
        client_address(&headers, PEER.parse().ok(), hops).unwrap().to_string()
    }

    #[test]
    fn without_trusted_proxies_the_peer_is_the_client() {
        assert_eq!(address(&[b"1.2.3.4"], 0), PEER);
        let mapped = "::ffff:192.0.2.1".parse().ok();
        let address = client_address(&HeaderMap::new(), mapped, 0);
        assert_eq!(address, "192.0.2.1".parse().ok());
    }

    #[test]
    fn entries_that_the_client_wrote_are_ignored() {
        assert_eq!(address(&[b"6.6.6.6, 1.2.3.4"], 1), "1.2.3.4");
        assert_eq!(address(&[b"6.6.6.6, 1.2.3.4, 10.1.1.1"], 2), "1.2.3.4");
        for written in [&b"6.6.6.6, \xff"[..], b"\xff", b"", b",,,", b"6.6.6.6,"] {
            assert_eq!(address(&[&[written, b", 1.2.3.4"].concat()], 1), "1.2.3.4");
            assert_eq!(address(&[written, b"1.2.3.4"], 1), "1.2.3.4");
            assert_eq!(address(&[b"6.6.6.6", &[written, b",1.2.3.4"].concat()], 1), "1.2.3.4");
        }
    }

    #[test]
    fn a_missing_or_unreadable_entry_falls_back_to_the_peers_address() {
        assert_eq!(address(&[], 1), PEER);
        assert_eq!(address(&[b"1.2.3.4"], 2), PEER);
        for entry in [
            &b""[..],
            b"unknown",
            b"\xff",
            b"1.2.3.4:99999",
            b"1.2.3.4.5",
            b"[1.2.3.4",
            b"fe80::1%eth0",
            b"\"1.2.3.4\"",
        ] {
            assert_eq!(address(&[&[b"6.6.6.6, ", entry].concat()], 1), PEER, "{entry:?}");
        }
    }

    #[test]
    fn ports_and_brackets_are_removed_and_mapped_addresses_become_ipv4() {
        for (entry, ip) in [
            ("1.2.3.4:55123", "1.2.3.4"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("::ffff:1.2.3.4", "1.2.3.4"),
            ("[::ffff:102:304]:443", "1.2.3.4"),
            ("\t 1.2.3.4 ", "1.2.3.4"),
        ] {
            assert_eq!(address(&[entry.as_bytes()], 1), ip, "{entry}");
        }
    }
}
