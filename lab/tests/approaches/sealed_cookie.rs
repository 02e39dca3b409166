//! The encrypted cookie: its timeouts, and its greatest length.

use std::time::Duration;

use axum::http::StatusCode;
use lab::approaches::Approach;

use crate::instance::{Instance, settings};

#[tokio::test]
async fn a_renewal_of_the_cookie_reads_the_role_again() {
    let instance = Instance::of(Approach::SealedCookie).await;
    let member = instance.member("admin").await;
    let browser = instance.signed_in(&member).await;
    instance.browser().post("/role", &[("member", &member), ("role", "member")]).await;

    let mut settings = settings().await;
    settings.access_ttl = Duration::ZERO;
    let renewing = Instance::with(Approach::SealedCookie, &settings).await;
    let mut browser = browser.copied_to(renewing.browser());
    let page = browser.get("/page").await;
    assert_eq!(page.shown("role"), "member");
    assert!(page.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn an_idle_cookie_is_refused() {
    let instance = Instance::of(Approach::SealedCookie).await;
    let member = instance.member("member").await;
    let browser = instance.signed_in(&member).await;

    let mut settings = settings().await;
    settings.session_ttl = Duration::ZERO;
    let impatient = Instance::with(Approach::SealedCookie, &settings).await;
    let page = browser.copied_to(impatient.browser()).get("/page").await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_cart_that_browsers_would_not_keep_is_refused_and_the_last_one_stays() {
    let instance = Instance::of(Approach::SealedCookie).await;
    let member = instance.member("member").await;
    let mut browser = instance.signed_in(&member).await;
    let mut counted = 0;
    while browser.post("/count", &[]).await.status == StatusCode::OK {
        counted += 1;
        let longest = browser.cookies.iter().map(|(name, value)| name.len() + value.len()).max();
        assert!(longest <= Some(4096), "after {counted}");
    }
    assert!(counted > 100, "{counted}");
    assert_eq!(browser.get("/page").await.shown("count"), counted.to_string());
}
