//! Headers of every response.

use std::collections::HashSet;

use app::api::FORMS;
use axum::http::Method;
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use crate::helpers::{Answer, Ask, TestApp};

async fn every_kind_of_answer(app: &TestApp) -> Vec<Answer> {
    let (_, mut member) = app.member().await;
    let mut browser = app.browser();
    vec![
        browser.navigate("/").await,
        browser.navigate("/profile").await,
        member.navigate("/profile").await,
        browser.navigate("/nowhere").await,
        browser.get("/nowhere").await,
        browser.get("/auth/session").await,
        member.get("/auth/session").await,
        browser.post("/api/login", &[]).await,
        browser.submit("/api/login", &[]).await,
        browser.send(Ask::data("/api/login")).await,
        browser.send(Ask::call("/api/login", &[]).with("origin", "null")).await,
        browser.refresh().await,
        browser.get("/health/live").await,
        browser.get("/.well-known/jwks.json").await,
        browser.get("/dev/mailbox.json").await,
        browser.navigate("/dev/mailbox").await,
    ]
}

#[tokio::test]
async fn every_response_forbids_sniffing_framing_and_referrer_leaks() {
    let app = TestApp::start().await;
    let mut ids = HashSet::new();
    for answer in every_kind_of_answer(&app).await {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
        assert_eq!(answer.header("strict-transport-security"), None);
        let policy = answer.header("content-security-policy").unwrap();
        for directive in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.split("; ").any(|part| part == directive), "{policy}");
        }
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert!(ids.insert(id), "an id was used twice");
    }
}

#[tokio::test]
async fn a_page_allows_only_its_own_inline_scripts_and_wasm() {
    let app = TestApp::start().await;
    let (_, mut member) = app.member().await;
    for path in ["/", "/profile", "/nowhere"] {
        let page = member.navigate(path).await;
        let policy = page.header("content-security-policy").unwrap();
        let scripts = page.body.split("<script").skip(1).map(|script| {
            let (tag, script) = script.split_once('>').unwrap();
            assert_eq!(tag, "", "an inline script without attributes");
            let (script, _) = script.split_once("</script>").unwrap();
            format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(script)))
        });
        let scripts: Vec<_> = scripts.collect();
        assert!(!scripts.is_empty());
        let expected = format!("script-src 'self' {} 'wasm-unsafe-eval'", scripts.join(" "));
        assert!(policy.split("; ").any(|part| part == expected), "{expected} is not {policy}");
        assert_eq!(policy.matches("unsafe").count(), 1, "{policy}");
        assert!(!policy.contains('*') && !policy.contains("http"), "{policy}");
        // Apart from its scripts, a page has nothing inline that the policy would refuse.
        for inline in [" style=\"", "<style", " onclick=", " onsubmit=", "javascript:"] {
            page.assert_lacks(inline);
        }
    }
}

#[tokio::test]
async fn every_page_that_depends_on_the_viewer_is_not_cacheable() {
    let app = TestApp::start().await;
    let (_, mut member) = app.member().await;
    for mut browser in [app.browser(), member.clone()] {
        for path in ["/", "/login", "/signup", "/signup/confirm", "/profile", "/nowhere"] {
            let answer = browser.navigate(path).await;
            let kept_nowhere =
                if answer.status == 303 { "no-store" } else { "no-store, no-transform" };
            assert_eq!(answer.header("cache-control"), Some(kept_nowhere), "{path}");
            let head = browser.send(Ask::page(path).by(Method::HEAD)).await;
            assert_eq!(
                (head.status, head.header("cache-control")),
                (answer.status, Some(kept_nowhere))
            );
        }
    }
    assert_eq!(member.get("/auth/session").await.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_site_with_https_sends_hsts() {
    let app =
        TestApp::start_with(&[("PUBLIC_URL", "https://genkan.example"), ("RATE_LIMITS", "on")])
            .await;
    let mut browser = app.browser();
    for answer in [browser.navigate("/").await, browser.get("/nowhere").await] {
        let value = answer.header("strict-transport-security").unwrap();
        assert_eq!(value, "max-age=63072000; includeSubDomains");
    }
}

#[tokio::test]
async fn the_jwks_shows_only_public_keys() {
    let app = TestApp::start().await;
    let answer = app.browser().get("/.well-known/jwks.json").await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    let keys = body["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!((&keys[0]["kid"], &keys[0]["kty"]), (&"k1".into(), &"OKP".into()));
    for private in ["d", "k"] {
        assert!(keys[0].get(private).is_none(), "{}", keys[0]);
    }
}

#[tokio::test]
async fn whatever_changes_what_pages_show_discards_the_prefetched_ones() {
    const DISCARDED: Option<&str> = Some("\"prefetchCache\", \"prerenderCache\"");
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    for form in FORMS {
        let mut sender = browser.clone();
        for answer in
            [sender.post(&form.action(), &[]).await, sender.submit(&form.action(), &[]).await]
        {
            assert_eq!(answer.header("clear-site-data"), DISCARDED, "{}", form.function);
        }
    }
    browser.log_in(&email).await.assert_signs_in(None);
    for answer in [browser.refresh().await, browser.navigate("/").await] {
        assert_eq!(answer.header("clear-site-data"), None);
    }
    app.logged_in(&email).await.submit("/api/end_other_sessions", &[]).await;
    let mut reader = browser.clone();
    for answer in [browser.refresh().await, reader.navigate("/").await] {
        answer.assert_signs_out();
        assert_eq!(answer.header("clear-site-data"), DISCARDED);
    }
}
