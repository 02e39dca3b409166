//! Odd requests, made of odd and valid parts.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderName, HeaderValue, Method},
};

use crate::helpers::FUNCTIONS;

const METHODS: [&str; 11] =
    ["GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "M-SEARCH"];
const PATHS: [&str; 26] = [
    "/",
    "/login",
    "/signup",
    "/signup/confirm",
    "/forgot",
    "/reset",
    "/verify",
    "/profile",
    "/settings/account",
    "/settings/activity",
    "/settings/security",
    "/settings/sessions",
    "/email/confirm",
    "/auth/refresh",
    "/auth/session",
    "/health/ready",
    "/robots.txt",
    "/favicon.svg",
    "/pkg/genkan.js",
    "/dev/mailbox",
    "/dev/mailbox.json",
    "/.well-known/jwks.json",
    "/.well-known/security.txt",
    "/.well-known/change-password",
    "/api/",
    "*",
];
/// Without `sec-purpose`: a prefetch that needs a refresh is answered with 401 on purpose.
const HEADERS: [&str; 23] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "if-modified-since",
    "if-range",
    "origin",
    "range",
    "referer",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-forwarded-for",
    "x-request-id",
];
const VALUES: [&str; 26] = [
    "",
    "*/*",
    "text/html",
    "text/html;q=0",
    "TEXT/HTML, */*;q=NaN",
    "application/json",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=\"",
    "multipart/form-data; boundary=",
    "http://localhost:3000",
    "null",
    "same-origin",
    "cross-site",
    "navigate",
    "document",
    "prefetch",
    "ja;q=1e9, en-;q=-1, \u{7f}",
    "bytes=0-0,5-,-1",
    "bytes=18446744073709551615-18446744073709551616",
    "Sat, 01 Jan 0000 99:99:99 GMT",
    "__Host-Http-access=a.b.c; __Host-Http-refresh=v1.k1.",
    "__Host-Http-visitor=AAAAAAAAAAAAAAAAAAAAAA; __Host-Http-locale=xx",
    "; =; a; __Host-Http-access; __Host-Http-access=",
    "1.2.3.4, ::1, [::1]:99999, unknown, ",
    "999999999999999999999",
    "gzip, chunked",
];
const FIELDS: [&str; 14] = [
    "email",
    "password",
    "current_password",
    "new_password",
    "display_name",
    "bio",
    "locale",
    "code",
    "link",
    "token",
    "next",
    "remember",
    "session_id",
    "keep",
];
const WORDS: [&str; 20] = [
    "",
    "on",
    "ja",
    "123456",
    "hana@example.com",
    "hana@[::1]",
    "＠",
    "%00",
    "%",
    "%ff%fe",
    "%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80",
    "%E2%80%AE%E2%80%8B",
    "//evil.example",
    "/%5c/evil.example",
    "javascript:alert(1)",
    "'; drop table members; --",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee",
    "18446744073709551616",
];

/// A request that an HTTP library accepts.
pub(super) fn some_request(dice: &mut Dice, cookies: &str) -> Option<Request> {
    let mut request = Request::new(Body::from(some_form(dice)));
    *request.method_mut() = dice.one_of(&METHODS).parse().ok()?;
    *request.uri_mut() = some_address(dice).parse().ok()?;
    let peer = SocketAddr::from(([192, 0, 2, 1], 40_000));
    request.extensions_mut().insert(ConnectInfo(peer));
    let headers = request.headers_mut();
    headers.insert("host", HeaderValue::from_static("localhost:3000"));
    // Most pass the first checks, so that the code behind them is reached.
    if dice.chance(3, 4) {
        headers.insert("origin", HeaderValue::from_static("http://localhost:3000"));
        headers
            .insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    }
    if dice.chance(1, 3) {
        headers.insert("accept", HeaderValue::from_static("text/html"));
    }
    if dice.chance(1, 2) {
        headers.insert("cookie", HeaderValue::from_str(cookies).ok()?);
    }
    for _ in 0..dice.below(5) {
        let value = HeaderValue::from_bytes(&some_value(dice)).ok()?;
        headers.append(HeaderName::from_static(dice.one_of(&HEADERS)), value);
    }
    if request.method() == Method::CONNECT { None } else { Some(request) }
}

/// A request as bytes, then damaged.
pub(super) fn some_bytes(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = Vec::new();
    let version = dice.one_of(&["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9", ""]);
    let method = dice.one_of(&METHODS);
    bytes.extend(format!("{method} {} {version}\r\n", some_address(dice)).bytes());
    if dice.chance(4, 5) {
        bytes.extend(b"host: localhost:3000\r\norigin: http://localhost:3000\r\n");
    }
    for _ in 0..dice.below(6) {
        bytes.extend(dice.one_of(&HEADERS).bytes().chain(*b": "));
        bytes.extend(some_value(dice));
        bytes.extend(b"\r\n");
    }
    let body = some_form(dice);
    if dice.chance(3, 4) {
        bytes.extend(format!("content-length: {}\r\n", body.len()).bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    for _ in 0..dice.below(3) {
        let place = dice.below(bytes.len());
        match dice.below(4) {
            0 => bytes[place] = dice.byte(),
            1 => bytes.truncate(place),
            2 => bytes.insert(place, dice.byte()),
            _ => bytes.extend_from_within(place..),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

fn some_address(dice: &mut Dice) -> String {
    let mut address = match dice.below(3) {
        0 => format!("/api/{}", dice.one_of(&FUNCTIONS).0),
        1 => dice.one_of(&PATHS).to_owned(),
        _ => format!("{}/{}", dice.one_of(&PATHS), dice.one_of(&WORDS)),
    };
    if dice.chance(1, 20) {
        address.push_str(&dice.one_of(&["a", "/a", "%00", "../"]).repeat(dice.below(2_000)));
    }
    if dice.chance(1, 3) {
        address.push('?');
        address.push_str(&String::from_utf8_lossy(&some_form(dice)));
    }
    address
}

fn some_form(dice: &mut Dice) -> Vec<u8> {
    let mut form = Vec::new();
    for _ in 0..dice.below(6) {
        form.extend(dice.one_of(&FIELDS).bytes());
        form.extend(dice.one_of(&["=", "=", "=", "", "[]=", "[a][b]="]).bytes());
        form.extend(dice.one_of(&WORDS).bytes());
        if dice.chance(1, 10) {
            form.extend(b"a".repeat(dice.below(9_000)));
        }
        form.push(b'&');
    }
    if dice.chance(1, 10) {
        form.extend((0..dice.below(40)).map(|_| dice.byte()).collect::<Vec<_>>());
    }
    form
}

fn some_value(dice: &mut Dice) -> Vec<u8> {
    if dice.chance(1, 6) {
        return (0..dice.below(60)).map(|_| dice.byte()).collect();
    }
    dice.one_of(&VALUES).as_bytes().to_vec()
}

/// A pseudo-random generator (splitmix64).
pub(super) struct Dice(u64);

impl Dice {
    /// The generator of one request.
    pub(super) fn for_request(seed: u64, number: u64) -> Self {
        Self(seed ^ (number << 32))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap();
        usize::try_from(self.next() % bound).unwrap()
    }

    fn chance(&mut self, hits: usize, of: usize) -> bool {
        self.below(of) < hits
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}
