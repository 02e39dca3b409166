//! Pages that are kept for strangers: the same for everybody, with nobody's data.

use app::pages::{Access, PAGES};
use axum::http::Method;

use crate::helpers::{ACCESS, Answer, Ask, DEVICE, REFRESH, TestApp, VISITOR};

fn paths() -> impl Iterator<Item = &'static str> {
    PAGES.iter().filter(|page| page.access != Access::Members).map(|page| page.path)
}

/// A response without its request id.
fn said(answer: &Answer) -> (String, String) {
    let mut headers = answer.headers.clone();
    assert!(headers.remove("x-request-id").is_some());
    (format!("{headers:?}"), answer.body.clone())
}

#[tokio::test]
async fn a_kept_page_holds_nothing_of_the_request_that_created_it() {
    const MARK: &str = "a-mark-of-somebody";
    let app = TestApp::start().await;
    for path in paths() {
        for language in ["en", "ja"] {
            let ask = Ask::page(path).with("accept-language", language);
            let referer = format!("https://{MARK}.example/");
            let first = ask.clone().with("user-agent", MARK).with("referer", &referer);
            let first = first
                .with("cookie", &format!("theirs={MARK}; {MARK}=1"))
                .with("x-forwarded-for", "192.0.2.77")
                .with("x-request-id", MARK)
                .with(MARK, MARK);
            let first = app.browser().send(first).await;
            let second = app.browser().send(ask).await;
            first.assert_page(200);
            assert!(first.header("etag").is_some(), "{path}");
            assert_eq!(said(&first), said(&second), "{path}");
            let (headers, body) = said(&first);
            for mark in [MARK, "192.0.2.77"] {
                assert!(!headers.contains(mark) && !body.contains(mark), "{path} holds {mark}");
            }
        }
    }
}

#[tokio::test]
async fn a_request_with_a_personal_cookie_or_a_query_gets_its_own_page() {
    let app = TestApp::start().await;
    app.browser().navigate("/").await.assert_page(200);
    for cookie in [ACCESS, REFRESH, VISITOR, DEVICE] {
        let ask = Ask::page("/").with("cookie", &format!("a=b; {cookie}=anything"));
        let own = app.browser().send(ask.with("accept-encoding", "br")).await;
        own.assert_page(200);
        assert_eq!((own.header("etag"), own.header("content-encoding")), (None, None), "{cookie}");
    }
    let asked = app.browser().send(Ask::page("/login?next=%2Fprofile")).await;
    asked.assert_page(200);
    assert_eq!(asked.header("etag"), None);
    asked.assert_holds("/profile");

    let (_, mut member) = app.member().await;
    let home = member.navigate("/").await;
    assert_eq!(home.header("etag"), None);
    assert_ne!(home.body, app.browser().navigate("/").await.body);
}

#[tokio::test]
async fn a_stranger_who_has_the_current_page_gets_304() {
    let app = TestApp::start().await;
    let page = app.browser().navigate("/login").await;
    let tag = page.header("etag").unwrap();
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let ask = Ask::page("/login").with("if-none-match", &known);
        let answer = app.browser().send(ask).await;
        assert_eq!((answer.status, answer.body.as_str()), (304, ""), "{known}");
        assert_eq!((answer.header("etag"), answer.header("content-type")), (Some(tag), None));
        assert_eq!(answer.header("cache-control"), page.header("cache-control"));
    }
    for other in ["\"other\"", "other", ""] {
        let ask = Ask::page("/login").with("if-none-match", other);
        assert_eq!(app.browser().send(ask).await.status, 200, "{other}");
    }
    let japanese = Ask::page("/login").with("accept-language", "ja").with("if-none-match", tag);
    assert_eq!(app.browser().send(japanese).await.status, 200);
}

#[tokio::test]
async fn a_kept_page_is_sent_in_the_most_compact_accepted_encoding() {
    let app = TestApp::start().await;
    for (accepted, encoding) in [
        ("gzip, deflate, br, zstd", Some("br")),
        ("br;q=0, gzip", Some("gzip")),
        ("gzip, br;q=0.5", Some("gzip")),
        ("gzip;q=0.5, identity", None),
        ("GZIP;q=0.1", Some("gzip")),
        ("identity", None),
        ("deflate", None),
        ("", None),
    ] {
        let ask = Ask::page("/").by(Method::HEAD).with("accept-encoding", accepted);
        let answer = app.browser().send(ask).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.header("vary"), Some("accept-encoding, accept-language, cookie"));
    }
}
