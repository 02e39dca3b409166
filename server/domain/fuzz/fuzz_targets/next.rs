//! `next` never leads off the site, by the URL Standard and by browsers' own parsing.
#![no_main]

#[expect(dead_code, reason = "the site needs more of it")]
#[path = "../../../../app/src/http/next.rs"]
mod next;

use libfuzzer_sys::fuzz_target;
use url::Url;

fuzz_target!(|raw: &str| {
    if let Some(path) = next::page_on_this_site(Some(raw)) {
        let here = Url::parse("https://members.example/login?next=x").expect("a URL");
        assert_eq!(here.join(&path).map(|url| url.origin()), Ok(here.origin()), "{path}");
        let read = path.trim_matches(|c: char| c <= ' ').replace(['\t', '\n', '\r'], "");
        let read = read.replace('\\', "/");
        assert!(read.starts_with('/') && !read.starts_with("//"), "{path}");
        assert!(path.bytes().all(|byte| byte.is_ascii_graphic()), "{path}");
        assert_eq!(next::page_on_this_site(Some(&path)), Some(path));
    }
});
