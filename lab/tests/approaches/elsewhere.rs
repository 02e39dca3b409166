//! What another instance knows of a session.

use axum::http::StatusCode;
use lab::approaches::Approach;
use strum::VariantArray;

use crate::instance::{Instance, settings};

#[tokio::test]
async fn every_instance_knows_a_session_except_one_that_is_kept_in_memory() {
    for approach in Approach::VARIANTS {
        let instance = Instance::of(*approach).await;
        let member = instance.member("member").await;
        let mut browser = instance.signed_in(&member).await;
        browser.post("/count", &[]).await;
        let mut browser = browser.copied_to(Instance::of(*approach).await.browser());
        let page = browser.get("/page").await;
        if *approach == Approach::Memory {
            assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        } else {
            assert_eq!(page.shown("count"), "1", "{approach}");
        }
    }
}

#[tokio::test]
async fn genkan_keeps_its_promises_with_each_store_of_live_sessions() {
    for store in ["redis", "memcached", "postgres", "memory"] {
        let mut settings = settings().await;
        settings.live_sessions = Some(store.to_owned());
        let instance = Instance::with(Approach::Genkan, &settings).await;
        let member = instance.member("admin").await;
        let mut browser = instance.signed_in(&member).await;
        browser.post("/count", &[]).await;
        instance.browser().post("/role", &[("member", &member), ("role", "member")]).await;
        let page = browser.get("/page").await;
        assert_eq!((page.shown("role"), page.shown("count")), ("member", "1"), "{store}");

        let mut copy = browser.clone();
        browser.post("/logout", &[]).await;
        for answer in [copy.get("/page").await, copy.post("/refresh", &[]).await] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{store}");
        }
    }
}
