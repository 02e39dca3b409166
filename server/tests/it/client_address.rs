//! Whose address a request has: properties, whatever somebody writes into `X-Forwarded-For`.

use std::net::{IpAddr, SocketAddr};

use app::http::client_address::client_address;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed},
};

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

/// Bytes that a line of a header can hold.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(b','), Just(b' '), 0x20..=0x7e_u8, 0x80..=0xff_u8];
    prop_oneof![
        prop::collection::vec(byte, 0..40),
        "[0-9a-f.:,\\[\\] ]{0,40}".prop_map(String::into_bytes),
    ]
}

fn headers(lines: &[Vec<u8>]) -> HeaderMap {
    let name = HeaderName::from_static("x-forwarded-for");
    let values = lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok());
    let mut headers = HeaderMap::new();
    values.for_each(|value| _ = headers.append(&name, value));
    headers
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, rng_seed: RngSeed::Fixed(0), ..Config::with_cases(256) })]

    #[test]
    fn every_request_has_an_address_whatever_was_forwarded(
        lines in prop::collection::vec(line(), 0..4), hops in 0..5_usize,
    ) {
        let address = client_address(&headers(&lines), Some(PEER), hops);
        prop_assert!(address.is_some());
        prop_assert_eq!(address.map(|ip| ip.to_canonical()), address);
    }

    #[test]
    fn the_address_is_the_trusted_proxys_word_whatever_the_client_wrote(
        written in prop::collection::vec(line(), 0..4),
        seen: IpAddr,
        port in prop::option::of(any::<u16>()),
        later in prop::collection::vec(any::<IpAddr>(), 0..3),
        is_a_line_of_its_own: bool,
    ) {
        let entry = port.map_or(seen.to_string(), |port| SocketAddr::new(seen, port).to_string());
        let mut lines = written;
        match lines.last_mut().filter(|_| !is_a_line_of_its_own) {
            Some(last) => last.extend_from_slice(format!(", {entry}").as_bytes()),
            None => lines.push(entry.into_bytes()),
        }
        for proxy in &later {
            lines.push(proxy.to_string().into_bytes());
        }
        let address = client_address(&headers(&lines), Some(PEER), later.len() + 1);
        prop_assert_eq!(address, Some(seen.to_canonical()), "{:?}", lines);
    }
}
