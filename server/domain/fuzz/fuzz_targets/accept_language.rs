//! Any `Accept-Language` can be read, in one line or several.
#![no_main]

#[expect(dead_code, reason = "the site needs more of it")]
#[path = "../../../../app/src/http/accept.rs"]
mod accept;
#[path = "../../../../app/src/http/locale.rs"]
mod locale;

use axum::http::{HeaderMap, HeaderValue, header};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in raw.split(|byte| *byte == b'\n') {
        if let Ok(line) = HeaderValue::from_bytes(line) {
            headers.append(header::ACCEPT_LANGUAGE, line);
        }
    }
    let chosen = locale::accepted_locale(&headers);
    // A language with weight 0 changes nothing.
    headers.append(header::ACCEPT_LANGUAGE, HeaderValue::from_static("ja;q=0"));
    assert_eq!(locale::accepted_locale(&headers), chosen);
});
