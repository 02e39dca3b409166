//! Every request has an address, and it is the trusted proxy's entry, whatever the client wrote.
#![no_main]

#[path = "../../../../app/src/http/client_address.rs"]
mod client_address;

use std::net::{IpAddr, Ipv4Addr};

use axum::http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

fuzz_target!(|raw: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in raw.split(|byte| *byte == b'\n') {
        if let Ok(line) = HeaderValue::from_bytes(line) {
            headers.append("x-forwarded-for", line);
        }
    }
    for hops in 0..4 {
        assert!(client_address::client_address(&headers, Some(PEER), hops).is_some());
    }
    headers.append("x-forwarded-for", HeaderValue::from_static("192.0.2.7"));
    let address = client_address::client_address(&headers, Some(PEER), 1);
    assert_eq!(address, Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7))));
});
