//! A store with little memory and no eviction, which strangers try to fill, and a full one.

use std::time::Instant;

use fred::{
    clients::Client,
    interfaces::{ClientLike, KeysInterface, LuaInterface},
    types::{CustomCommand, InfoKind},
};

use crate::{
    helpers::{Ask, Browser, PASSWORD, TestApp, raw_redis},
    stores::redis_server::RedisServer,
};

/// The number of hostile posts; `FILLING_POSTS=100000` for the full drill.
const POSTS: usize = 1_500;
/// The store's memory beyond that of an empty one, in bytes, for this number of posts.
const MEMORY: u64 = 2 * 1024 * 1024;
/// The number of posts from one address.
const FROM_ONE: usize = 7;

struct SmallStore {
    url: String,
    redis: Client,
    _server: RedisServer,
}

impl SmallStore {
    /// Starts an empty store without a bound.
    async fn start() -> Self {
        let server = RedisServer::start(&[]).await;
        let url = server.url();
        Self { redis: raw_redis(&url).await, url, _server: server }
    }

    async fn may_use(&self, bytes: u64) {
        let command = CustomCommand::new_static("CONFIG", None, false);
        let bytes = bytes.to_string();
        let _: () =
            self.redis.custom(command, vec!["SET", "maxmemory", bytes.as_str()]).await.unwrap();
    }

    async fn used(&self) -> u64 {
        let info: String = self.redis.info(Some(InfoKind::Memory)).await.unwrap();
        let line = info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
        line.trim().parse().unwrap()
    }
}

/// One of many kinds of posts that store something, or try to.
fn hostile(number: usize) -> Ask {
    let much = "a".repeat(3_500);
    let id = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
    let ask = match number % 8 {
        0 => Ask::form(&format!("/api/x?keep={id}"), &[]).with_body(&"bio&".repeat(16_000)),
        1 => Ask::form(&format!("/api/update_profile?keep={id}"), &[("bio", &much)]),
        2 => Ask::form("/api/login", &[]),
        3 => Ask::form("/api/login", &[("email", &much)]),
        4 => Ask::form("/api/signup", &[("display_name", &much), ("email", "x")]),
        5 => Ask::form("/api/signup?locale=ja", &[("display_name", &much)]),
        6 => Ask::form(
            "/api/login",
            &[("email", &format!("x{number}@example.com")), ("password", "no password of anyone")],
        ),
        _ => Ask::form("/api/update_profile", &[("bio", &much)]),
    };
    let from = number / FROM_ONE;
    let address = format!("10.{}.{}.{}", from >> 16 & 255, from >> 8 & 255, from & 255);
    ask.with("x-forwarded-for", &address)
}

async fn assert_sessions_work(app: &TestApp, email: &str, live: &mut Browser) {
    live.navigate("/profile").await.assert_page(200);
    assert_eq!(live.refresh().await.status, 200);
    let form = [("email", email), ("password", PASSWORD)];
    let answer = app.browser().send(Ask::call("/api/login", &form)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(app.browser().get("/health/ready").await.status, 200);
}

#[tokio::test]
async fn strangers_cannot_fill_more_than_three_quarters_of_the_store() {
    let posts = std::env::var("FILLING_POSTS").map_or(POSTS, |posts| posts.parse().unwrap());
    let store = SmallStore::start().await;
    let settings =
        [("REDIS_URL", store.url.as_str()), ("RATE_LIMITS", "on"), ("TRUSTED_HOPS", "1")];
    let app = TestApp::start_with(&settings).await;
    let (email, mut live) = app.member().await;
    let empty = store.used().await;
    let may_use = empty + MEMORY;
    store.may_use(may_use).await;

    let began = Instant::now();
    let mut redirected = 0;
    for number in 0..posts {
        let answer = app.browser().send(hostile(number)).await;
        assert!(answer.status < 500, "{} {}", answer.status, answer.body);
        redirected += usize::from(answer.status == 303);
        if number % (posts / 6) == posts / 12 {
            assert_sessions_work(&app, &email, &mut live).await;
        }
    }
    let used = store.used().await;
    println!(
        "{posts} posts in {:?}: {redirected} redirected, {} KiB taken of {} KiB",
        began.elapsed(),
        (used - empty) / 1024,
        MEMORY / 1024
    );
    assert_sessions_work(&app, &email, &mut live).await;
    assert!(used < may_use / 100 * 90, "{used} of {may_use} bytes");
    // There were enough posts to fill it.
    assert!(used > may_use / 100 * 70, "{used} of {may_use} bytes");
}

#[tokio::test]
async fn an_instance_whose_store_refuses_writes_is_not_ready_but_shows_pages() {
    let store = SmallStore::start().await;
    let app = TestApp::start_with(&[("REDIS_URL", store.url.as_str())]).await;
    let mut browser = app.browser();
    assert_eq!(browser.get("/health/ready").await.status, 200);
    store.may_use(1).await;
    assert_eq!(browser.get("/health/ready").await.status, 503);
    assert_eq!(browser.get("/health/live").await.status, 200);
    let page = browser.submit("/api/login", &[("email", "hana at home")]).await;
    page.assert_page(422);
    page.assert_holds("hana at home");
    store.may_use(0).await;
    assert_eq!(browser.get("/health/ready").await.status, 200);
}

#[tokio::test]
async fn readiness_probes_leave_one_key_per_instance() {
    let store = SmallStore::start().await;
    let app = TestApp::start_with(&[("REDIS_URL", store.url.as_str())]).await;
    for _ in 0..5 {
        assert_eq!(app.browser().get("/health/ready").await.status, 200);
    }
    let keys: Vec<String> = store
        .redis
        .eval("return redis.call('keys', '*')", Vec::<String>::new(), Vec::<String>::new())
        .await
        .unwrap();
    let [key] = keys.as_slice() else { panic!("{keys:?}") };
    assert!(key.starts_with("ready:"), "{key}");
    let seconds: i64 = store.redis.ttl(key).await.unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_sign_up_without_room_for_its_record_is_confirmed_by_the_mails_link() {
    let store = SmallStore::start().await;
    let app = TestApp::start_with(&[("REDIS_URL", store.url.as_str())]).await;
    // About eighty percent are used, which leaves room for sessions and mails.
    store.may_use(store.used().await / 8 * 10).await;
    let email = crate::helpers::some_address();
    let form = [("email", email.as_str()), ("display_name", "Hana"), ("password", PASSWORD)];
    let mut browser = app.browser();
    let answer = browser.submit("/api/signup", &form).await;
    answer.assert_goes_to("/signup/confirm?sent");
    answer.assert_leaves_cookies();
    let page = browser.follow(&answer).await;
    page.assert_holds(&crate::helpers::words("confirm.not_kept_heading"));
    let link = app.mailed_link(&email).await;
    browser.navigate(&link).await.assert_holds(&email);
    store.may_use(0).await;
}
