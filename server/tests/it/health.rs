//! `GET /health/live` and `GET /health/ready`.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use crate::{
    helpers::{Browser, TestApp},
    store_down::browser_without_stores,
    stores::{database::drop_database, outages::Door},
};

async fn assert_not_ready(browser: &mut Browser) {
    let answer = browser.get("/health/ready").await;
    assert_eq!((answer.status, answer.body.as_str()), (503, "a store does not answer"));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(browser.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn a_site_with_both_stores_is_live_and_ready() {
    let app = TestApp::start().await;
    for path in ["/health/live", "/health/ready"] {
        let answer = app.browser().get(path).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        answer.assert_leaves_cookies();
    }
}

#[tokio::test]
async fn a_site_without_either_store_is_live_but_not_ready() {
    assert_not_ready(&mut browser_without_stores().await).await;

    let app = TestApp::start().await;
    let mut browser = app.browser();
    drop_database(&app.db.url).await;
    assert_not_ready(&mut browser).await;
}

#[tokio::test]
async fn a_site_with_a_read_only_database_is_not_ready() {
    let app = TestApp::start().await;
    app.sql(
        "do $$ begin execute format(
           'alter database %I set default_transaction_read_only = on', current_database()
         ); end $$",
    )
    .await;
    assert_not_ready(&mut app.browser_of_an_instance_with(&[]).await).await;
}

#[tokio::test]
async fn an_instance_whose_clock_differs_from_the_databases_is_not_ready() {
    let app = TestApp::start().await;
    for (ahead, status, body) in [
        (-7, 503, "the clock is wrong"),
        (-4, 200, "ok"),
        (4, 200, "ok"),
        (7, 503, "the clock is wrong"),
    ] {
        let mut instance = app.genkan.clone();
        instance.clock = Arc::new(move || OffsetDateTime::now_utc() + Duration::seconds(ahead));
        let answer = Browser::new(instance.router()).get("/health/ready").await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{ahead} s ahead");
    }
}

#[tokio::test]
async fn a_site_is_ready_again_once_redis_is_available() {
    let mut door = Door::shut().await;
    let app = TestApp::start_with(&[("REDIS_URL", &door.url())]).await;
    assert_not_ready(&mut app.browser()).await;
    door.open().await;
    app.ready_again().await;
}
