//! The server's address: `memcached://host:port`.

use std::str::FromStr;

use url::Url;

const SCHEME: &str = "memcached";
const DEFAULT_PORT: u16 = 11211;

/// The server's address. Its name is resolved for every connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

/// The text is no address, or says more than that: a password could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not memcached://host:port")]
pub struct NoAddress;

impl FromStr for Address {
    type Err = NoAddress;

    fn from_str(raw: &str) -> Result<Self, NoAddress> {
        let url = Url::parse(raw).map_err(|_| NoAddress)?;
        let host = url.host_str().ok_or(NoAddress)?;
        let port = url.port().unwrap_or(DEFAULT_PORT);
        let bare = [format!("{SCHEME}://{host}"), format!("{SCHEME}://{host}:{port}")];
        if !bare.contains(&url.as_str().trim_end_matches('/').to_owned()) {
            return Err(NoAddress);
        }
        // An IPv6 address is in brackets.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        // A list of servers would be looked up as one name.
        if !host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:".contains(c)) {
            return Err(NoAddress);
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_perhaps_a_port() {
        for (raw, host, port) in [
            ("memcached://127.0.0.1:16211", "127.0.0.1", 16211),
            ("memcached://cache.internal/", "cache.internal", DEFAULT_PORT),
            ("memcached://[::1]:16211", "::1", 16211),
        ] {
            let address = Address { host: host.to_owned(), port };
            assert_eq!(raw.parse(), Ok(address), "{raw}");
        }
    }

    #[test]
    fn anything_more_is_refused() {
        for raw in [
            "",
            "cache.internal:11211",
            "memcached://",
            "redis://cache.internal",
            "memcached://genkan:sesame@cache.internal",
            "memcached://:sesame@cache.internal:11211",
            "memcached://cache.internal/0",
            "memcached://cache.internal?node=other",
            "memcached://cache.internal,other.internal",
        ] {
            assert_eq!(raw.parse::<Address>(), Err(NoAddress), "{raw}");
        }
    }
}
