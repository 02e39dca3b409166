//! Short-lived tokens: what each is good for, and for how long.

use std::time::Duration;

use axum::http::StatusCode;
use lab::approaches::Approach;
use tokio::time::{Instant, sleep};

use crate::instance::{Instance, settings};

const POLL: Duration = Duration::from_millis(50);
const EXPIRES_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_refresh_token_is_no_access_token() {
    let instance = Instance::of(Approach::JwtShort).await;
    let member = instance.member("member").await;
    let mut browser = instance.signed_in(&member).await;
    let refresh = browser.cookies["__Host-refresh"].clone();
    browser.cookies.insert("__Host-access".to_owned(), refresh);
    assert_eq!(browser.get("/page").await.status, StatusCode::UNAUTHORIZED);

    let instance = Instance::of(Approach::SpaMemory).await;
    let member = instance.member("member").await;
    let mut browser = instance.signed_in(&member).await;
    browser.token = browser.cookies.get("__Secure-refresh").cloned();
    assert_eq!(browser.get("/page").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_access_token_is_no_refresh_token() {
    let instance = Instance::of(Approach::JwtShort).await;
    let member = instance.member("member").await;
    let mut browser = instance.signed_in(&member).await;
    let access = browser.cookies["__Host-access"].clone();
    browser.cookies.insert("__Host-refresh".to_owned(), access);
    assert_eq!(browser.post("/refresh", &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_expired_access_token_is_refused_until_a_refresh() {
    for approach in [Approach::JwtShort, Approach::SpaMemory, Approach::Genkan] {
        let usual = settings().await;
        let mut brief = usual.clone();
        // The product needs time for a grace period.
        brief.access_ttl = Duration::from_secs(if approach == Approach::Genkan { 4 } else { 1 });
        let instance = Instance::with(approach, &brief).await;
        let member = instance.member("member").await;
        let mut browser = instance.signed_in(&member).await;
        let deadline = Instant::now() + EXPIRES_WITHIN;
        while browser.get("/page").await.status == StatusCode::OK {
            assert!(Instant::now() < deadline, "{approach}: it does not expire");
            sleep(POLL).await;
        }
        assert_eq!(browser.get("/page").await.status, StatusCode::UNAUTHORIZED, "{approach}");
        // By an instance with the usual settings, so that it lasts.
        let mut browser = browser.copied_to(Instance::with(approach, &usual).await.browser());
        assert!(browser.post("/refresh", &[]).await.status.is_success(), "{approach}");
        assert_eq!(browser.get("/page").await.status, StatusCode::OK, "{approach}");
    }
}
