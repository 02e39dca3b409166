//! Property tests of the parsers of request headers. Each has 256 inputs, the same in every run, so failures are
//! reproducible. `server/domain/fuzz` tries many more.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue, header};
use domain::account::member::Language;
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed},
};
use url::Url;

use crate::http::{
    client_address::client_address,
    cookies::{self, RequestTokens},
    locale::accepted_locale,
    next::{page_on_this_site, path_on_this_site},
};

const PAGE: &str = "https://members.example/login?next=x";

fn config() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(0), ..Config::with_cases(256) }
}

/// Paths, and tricks that lead off a site.
fn next() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "/",
        "//",
        "\\",
        ".",
        "..",
        "\t",
        "\n",
        "\r",
        " ",
        "\u{a0}",
        "\u{3000}",
        "\0",
        "@",
        ":",
        "?",
        "#",
        "&",
        "=",
        "%",
        "%2f",
        "%5c",
        "%2e",
        "%09",
        "%00",
        "http:",
        "https://",
        "javascript:",
        "data:",
        "evil.example",
        "profile",
        "login",
        "signup",
        "api/",
        "auth/",
        "a",
        "é",
        "花",
        "\u{202e}",
        "\u{feff}",
        "[",
        "]",
        "|",
        "..;",
    ];
    let pieces = prop::collection::vec(select(PIECES), 0..10).prop_map(|it| it.concat());
    prop_oneof![
        any::<String>(),
        pieces.clone().prop_map(|rest| format!("/{rest}")),
        (pieces.clone(), 1..700_usize).prop_map(|(rest, times)| format!("/{}", rest.repeat(times))),
        pieces,
    ]
}

/// Normalises an address as browsers do: `\` becomes `/`, and tabs, line breaks and surrounding spaces are dropped.
fn read_by_a_browser(location: &str) -> String {
    let trimmed = location.trim_matches(|c: char| c <= ' ');
    trimmed.replace(['\t', '\n', '\r'], "").replace('\\', "/")
}

/// Bytes that a `Cookie` header may hold between two `;`.
fn other_cookies() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let byte = prop_oneof![0x20..=0x7e_u8, 0x80..=0xff_u8]
        .prop_filter("ends a pair", |byte| *byte != b';');
    let noise = prop::collection::vec(byte, 0..30);
    let look_alike = select(
        &["__Host-Http-acces=x", "__host-http-access=x", "access=x", "=", "__Host-Http-access"][..],
    );
    let pair = prop_oneof![noise, look_alike.prop_map(|it| it.as_bytes().to_vec())];
    prop::collection::vec(pair, 0..6)
}

fn headers(name: header::HeaderName, value: &[u8]) -> Option<HeaderMap> {
    Some(HeaderMap::from_iter([(name, HeaderValue::from_bytes(value).ok()?)]))
}

/// Lines that a client may write into `X-Forwarded-For`.
fn forwarded() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let byte = prop_oneof![Just(b','), Just(b' '), 0x20..=0x7e_u8, 0x80..=0xff_u8];
    let line = prop_oneof![
        prop::collection::vec(byte, 0..40),
        "[0-9a-f.:,\\[\\] ]{0,40}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(line, 0..4)
}

fn client_address_by(lines: &[Vec<u8>], hops: usize) -> Option<IpAddr> {
    let mut headers = HeaderMap::new();
    for value in lines.iter().filter_map(|line| HeaderValue::from_bytes(line).ok()) {
        headers.append("x-forwarded-for", value);
    }
    client_address(&headers, Some(IpAddr::from([10, 0, 0, 1])), hops)
}

/// A language and its weight in thousandths.
fn wishes() -> impl Strategy<Value = Vec<(&'static str, Option<u16>)>> {
    let language = select(&["en", "en-GB", "ja", "JA-jp", "fr", "de-CH", "*", "zh-Hant-TW"][..]);
    prop::collection::vec((language, prop::option::of(0..=1000_u16)), 0..8)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn next_never_leads_off_the_site(next in next()) {
        if let Some(path) = page_on_this_site(Some(&next)) {
            let here = Url::parse(PAGE).unwrap();
            let by_url = here.join(&path).unwrap();
            prop_assert_eq!(by_url.origin(), here.origin(), "{:?} {:?}", next, path);
            let by_browser = read_by_a_browser(&path);
            prop_assert!(by_browser.starts_with('/') && !by_browser.starts_with("//"), "{:?} {:?}", next, path);
            prop_assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "a header can hold {:?}", path);
            prop_assert_eq!(page_on_this_site(Some(&path)), Some(path), "it reads back");
        }
        if let Some(path) = path_on_this_site(Some(&next)) {
            prop_assert!(!path.starts_with("/login") && !path.starts_with("/signup"), "{:?}", path);
        }
    }

    #[test]
    fn tokens_are_found_among_any_other_cookies(
        before in other_cookies(),
        between in other_cookies(),
        access in "[A-Za-z0-9._-]{1,80}",
        refresh in "[A-Za-z0-9._-]{1,80}",
    ) {
        let ours = [format!("__Host-Http-access={access}"), format!("__Host-Http-refresh={refresh}")];
        let mut pairs = before;
        pairs.push(ours[0].clone().into_bytes());
        pairs.extend(between);
        pairs.push(ours[1].clone().into_bytes());
        let tokens = RequestTokens::read(&headers(header::COOKIE, &pairs.join(&b"; "[..])).unwrap());
        prop_assert_eq!(tokens.presented().access, Some(access.as_str()));
        prop_assert_eq!(tokens.presented().refresh, Some(refresh.as_str()));

        pairs.push(ours[0].clone().into_bytes());
        let tokens = RequestTokens::read(&headers(header::COOKIE, &pairs.join(&b"; "[..])).unwrap());
        prop_assert_eq!(tokens.presented().access, Some(""), "twice is neither");
    }

    #[test]
    fn any_cookie_header_is_read_without_a_panic(value: Vec<u8>) {
        if let Some(headers) = headers(header::COOKIE, &value) {
            let tokens = RequestTokens::read(&headers);
            for token in [tokens.presented().access, tokens.presented().refresh].into_iter().flatten() {
                prop_assert!(token.is_ascii());
            }
            prop_assert!(cookies::visitor(&headers).is_none_or(|id| !id.is_empty()));
            let _ = cookies::locale(&headers);
        }
    }

    #[test]
    fn the_supported_language_with_the_highest_weight_wins(wishes in wishes(), space in " {0,2}") {
        let written: Vec<String> = wishes
            .iter()
            .map(|(language, weight)| match weight {
                Some(weight) => format!("{space}{language}{space};{space}q={}", f32::from(*weight) / 1000.0),
                None => format!("{language}{space}"),
            })
            .collect();
        let heaviest = wishes
            .iter()
            .map(|(language, weight)| (language.to_ascii_lowercase(), weight.unwrap_or(1000)))
            .filter(|(_, weight)| *weight > 0)
            .filter_map(|(language, weight)| {
                let locale = if language.starts_with("en") { Language::En } else { Language::Ja };
                ["en", "ja"].iter().any(|it| language.starts_with(it)).then_some((weight, locale))
            })
            .rev()
            .max_by_key(|(weight, _)| *weight);
        let headers = headers(header::ACCEPT_LANGUAGE, written.join(",").as_bytes()).unwrap();
        prop_assert_eq!(accepted_locale(&headers), heaviest.map_or(Language::En, |(_, locale)| locale), "{:?}", headers);
    }

    #[test]
    fn any_accept_language_is_read_without_a_panic(value: Vec<u8>, line in "[a-z*;=q0-9., -]{0,60}") {
        for value in [value, line.into_bytes()] {
            if let Some(headers) = headers(header::ACCEPT_LANGUAGE, &value) {
                let _ = accepted_locale(&headers);
            }
        }
    }

    #[test]
    fn every_request_has_an_address_whatever_was_forwarded(lines in forwarded(), hops in 0..5_usize) {
        let address = client_address_by(&lines, hops);
        prop_assert!(address.is_some());
        prop_assert_eq!(address.map(|ip| ip.to_canonical()), address);
    }

    #[test]
    fn the_address_is_the_trusted_proxys_entry_whatever_the_client_wrote(
        written in forwarded(),
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
        lines.extend(later.iter().map(|proxy| proxy.to_string().into_bytes()));
        let address = client_address_by(&lines, later.len() + 1);
        prop_assert_eq!(address, Some(seen.to_canonical()), "{:?}", lines);
    }
}
