//! The site on each kind of store: a member signs up, comes back, and deletes the account.

use super::super::{
    memcached_server::{KEEPING, MemcachedServer, RawMemcached, memcached},
    redis_server::{cluster_url, sentinel_url},
};
use crate::helpers::{ACCESS, REFRESH, TestApp};

async fn members_come_and_go(settings: &[(&str, &str)]) -> TestApp {
    let app = TestApp::start_with(settings).await;
    let (email, mut browser) = app.member().await;
    let mut kept = browser.clone();
    let mut elsewhere = app.logged_in(&email).await;
    assert_eq!(browser.get("/auth/session").await.status, 200);
    assert_eq!(browser.get("/health/ready").await.status, 200);
    assert_eq!(browser.post("/api/logout", &[]).await.status, 200);
    kept.get("/auth/session").await.assert_problem(401, "logout");
    kept.refresh().await.assert_problem(401, "logout");
    assert_eq!(elsewhere.get("/auth/session").await.status, 200);
    app.pass_grace().await;
    assert_eq!(elsewhere.refresh().await.status, 200);
    assert_eq!(elsewhere.get("/auth/session").await.status, 200);
    app
}

#[tokio::test]
async fn a_members_life_works_on_a_redis_cluster() {
    let _calm = super::cluster::CALM.read().await;
    members_come_and_go(&[("REDIS_URL", &cluster_url().await)]).await;
}

#[tokio::test]
async fn a_members_life_works_behind_a_redis_sentinel() {
    let _calm = super::sentinel::CALM.read().await;
    members_come_and_go(&[("REDIS_URL", &sentinel_url().await)]).await;
}

#[tokio::test]
async fn a_members_life_works_with_live_sessions_in_memory() {
    members_come_and_go(&[("LIVE_SESSIONS", "memory")]).await;
}

#[tokio::test]
async fn a_members_life_works_with_live_sessions_in_postgres_on_two_instances() {
    let settings = [("LIVE_SESSIONS", "postgres")];
    let app = members_come_and_go(&settings).await;
    let (_, mut browser) = app.member().await;
    let mut another_instance = app.browser_of_an_instance_with(&settings).await;
    for name in [ACCESS, REFRESH] {
        another_instance.set_cookie(name, browser.cookie(name).unwrap());
    }
    assert_eq!(another_instance.get("/auth/session").await.status, 200);
    assert_eq!(browser.post("/api/logout", &[]).await.status, 200);
    another_instance.get("/auth/session").await.assert_problem(401, "logout");
    // Redis was not asked.
    assert_eq!(
        app.count("select count(*) from live_sessions where end_reason is not null").await,
        2
    );
}

#[tokio::test]
async fn a_wiped_table_of_live_sessions_logs_nobody_out() {
    let app = TestApp::start_with(&[("LIVE_SESSIONS", "postgres")]).await;
    let (_, mut browser) = app.member().await;
    app.sql("truncate live_sessions").await;
    browser.get("/auth/session").await.assert_problem(401, "not_live");
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(browser.get("/auth/session").await.status, 200);
}

#[tokio::test]
async fn a_members_life_works_with_live_sessions_in_memcached_on_two_instances() {
    let url = memcached().await.url();
    let settings = [("LIVE_SESSIONS", "memcached"), ("MEMCACHED_URL", url.as_str())];
    let app = members_come_and_go(&settings).await;
    let (_, mut browser) = app.member().await;
    let mut another_instance = app.browser_of_an_instance_with(&settings).await;
    for name in [ACCESS, REFRESH] {
        another_instance.set_cookie(name, browser.cookie(name).unwrap());
    }
    assert_eq!(another_instance.get("/auth/session").await.status, 200);
    assert_eq!(browser.post("/api/logout", &[]).await.status, 200);
    another_instance.get("/auth/session").await.assert_problem(401, "logout");
}

#[tokio::test]
async fn a_restarted_memcached_logs_nobody_out() {
    let mut server = MemcachedServer::start(&KEEPING).await;
    let url = server.url();
    let app = TestApp::start_with(&[("LIVE_SESSIONS", "memcached"), ("MEMCACHED_URL", &url)]).await;
    let (_, mut browser) = app.member().await;
    server.restart().await;
    browser.get("/auth/session").await.assert_problem(401, "not_live");
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(browser.get("/auth/session").await.status, 200);
}

#[tokio::test]
async fn an_instance_is_ready_only_with_a_memcached_that_has_room_and_keeps_its_records() {
    let keeping = MemcachedServer::start(&[KEEPING.as_slice(), &["-m", "3"]].concat()).await;
    let evicting = MemcachedServer::start(&["-m", "3"]).await;
    for (server, status) in [(&keeping, 200), (&evicting, 503)] {
        let url = server.url();
        let app =
            TestApp::start_with(&[("LIVE_SESSIONS", "memcached"), ("MEMCACHED_URL", &url)]).await;
        let mut browser = app.browser();
        assert_eq!(browser.get("/health/ready").await.status, status);
        let raw = RawMemcached::connect(server);
        for number in 0..20_000 {
            raw.set(&format!("ready:{number:036}"), &" ".repeat(128), 3600);
        }
        assert_eq!(browser.get("/health/ready").await.status, 503);
        browser.navigate("/login").await.assert_page(200);
    }
}
