//! The store commands of each request, counted on the wire, and the isolation of members from others' load.

use std::time::Duration;

use server::postgres::POOL_SIZE;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    helpers::{Browser, REFRESH, TestApp, instance, instances::Instances},
    stores::{redis_url, tap::Tap},
};

/// The number of measurements: a new or long idle connection takes an extra round trip.
const TIMES: usize = 5;
/// The number of statements that wait for a lock
const WAITING: &str = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";

/// A site with a tap in front of each store.
struct Tapped {
    app: TestApp,
    browser: Browser,
    postgres: Tap,
    redis: Tap,
}

impl Tapped {
    async fn start() -> Self {
        Self::start_with("RATE_LIMITS", "off").await
    }

    async fn start_with(variable: &str, value: &str) -> Self {
        let app = TestApp::start().await;
        let (_, member) = app.member().await;
        let (postgres, redis) =
            (Tap::on_postgres(&app.db.url).await, Tap::on_redis(&redis_url()).await);
        let settings = [("REDIS_URL", redis.url()), (variable, value)];
        let site = instance(postgres.url(), &settings).await;
        let mut browser = Browser::new(site.router());
        browser.take_cookies_of(&member);
        Self { app, browser, postgres, redis }
    }

    /// The minimum of statements and commands over several requests.
    async fn cost(
        &mut self,
        ask: impl AsyncFn(&TestApp, &mut Browser, &mut dyn FnMut()),
    ) -> (usize, usize) {
        let mut cheapest = (usize::MAX, usize::MAX);
        for _ in 0..TIMES {
            // Preparations are not counted.
            let mut begin = || {
                self.postgres.take();
                self.redis.take();
            };
            ask(&self.app, &mut self.browser, &mut begin).await;
            let (statements, commands) = (self.postgres.take(), self.redis.take());
            assert!(
                commands.iter().all(|name| name == "EVALSHA" || name == "EVAL"),
                "{commands:?}"
            );
            cheapest = cheapest.min((statements.len(), commands.len()));
        }
        cheapest
    }
}

#[tokio::test]
async fn identifying_a_member_takes_one_command_and_no_statement() {
    let mut tapped = Tapped::start().await;
    let cost = tapped
        .cost(async |_, browser, begin| {
            begin();
            browser.navigate("/login").await.assert_goes_to("/");
        })
        .await;
    assert_eq!(cost, (0, 1));
}

#[tokio::test]
async fn a_session_check_takes_one_command_and_one_statement() {
    let mut tapped = Tapped::start().await;
    let cost = tapped
        .cost(async |_, browser, begin| {
            begin();
            assert_eq!(browser.get("/auth/session").await.status, 200);
        })
        .await;
    assert_eq!(cost, (1, 1));
}

#[tokio::test]
async fn a_forged_expired_or_missing_token_asks_no_store() {
    let mut tapped = Tapped::start().await;
    let cost = tapped
        .cost(async |_, browser, begin| {
            let mut forger = browser.clone();
            forger.set_cookie(crate::helpers::ACCESS, "a.b.c");
            begin();
            assert_eq!(forger.get("/auth/session").await.status, 401);
            forger.set_cookie(REFRESH, "v1.k1.a.1.b.c");
            assert_eq!(forger.refresh().await.status, 401);
            assert_eq!(forger.get("/auth/session").await.status, 401);
        })
        .await;
    assert_eq!(cost, (0, 0));
}

#[tokio::test]
async fn a_refresh_takes_two_statements_and_one_command_whether_it_rotates_or_not() {
    let mut tapped = Tapped::start().await;
    let rotation = tapped
        .cost(async |app, browser, begin| {
            app.pass_grace().await;
            let before = browser.cookie(REFRESH).unwrap().to_owned();
            begin();
            assert_eq!(browser.refresh().await.status, 200);
            assert_ne!(browser.cookie(REFRESH), Some(before.as_str()));
        })
        .await;
    assert_eq!(rotation, (2, 1));
    let renewal = tapped
        .cost(async |_, browser, begin| {
            begin();
            assert_eq!(browser.refresh().await.status, 200);
        })
        .await;
    assert_eq!(renewal, (2, 1));
}

#[tokio::test]
async fn limits_take_one_command_per_post_two_per_refresh_and_none_per_page() {
    let mut tapped = Tapped::start_with("RATE_LIMITS", "on").await;
    let page = tapped
        .cost(async |_, browser, begin| {
            begin();
            browser.navigate("/login").await.assert_goes_to("/");
        })
        .await;
    assert_eq!(page, (0, 1));
    let post = tapped
        .cost(async |_, browser, begin| {
            begin();
            assert_eq!(browser.post("/api/get_profile", &[]).await.status, 200);
        })
        .await;
    assert_eq!(post, (1, 2));
    let refresh = tapped
        .cost(async |_, browser, begin| {
            begin();
            assert_eq!(browser.refresh().await.status, 200);
        })
        .await;
    assert_eq!(refresh, (2, 3));
}

#[tokio::test]
async fn a_repeated_late_replay_takes_two_statements_and_two_commands() {
    let mut tapped = Tapped::start().await;
    let mut lost_its_answer = tapped.browser.clone();
    tapped.app.pass_grace().await;
    assert_eq!(tapped.browser.refresh().await.status, 200);
    // A repeated late replay, because its answer never arrives.
    tapped.app.pass_grace().await;
    assert_eq!(lost_its_answer.clone().refresh().await.status, 200);
    let cost = tapped
        .cost(async |app, _, begin| {
            app.pass_grace().await;
            begin();
            assert_eq!(lost_its_answer.clone().refresh().await.status, 200);
        })
        .await;
    assert_eq!(cost, (2, 2));
    assert_eq!(lost_its_answer.refresh().await.status, 200);
}

/// On a single thread, every request has joined the flight before the first statement is answered.
#[tokio::test(flavor = "current_thread")]
async fn a_hundred_concurrent_refreshes_with_one_token_cost_as_much_as_one() {
    let mut tapped = Tapped::start().await;
    let cost = tapped
        .cost(async |app, browser, begin| {
            app.pass_grace().await;
            begin();
            let mut tabs = JoinSet::new();
            for _ in 0..100 {
                let mut tab = browser.clone();
                tabs.spawn(async move {
                    assert_eq!(tab.refresh().await.status, 200);
                    tab
                });
            }
            browser.take_cookies_of(&tabs.join_all().await[0]);
        })
        .await;
    assert_eq!(cost, (2, 1));
    let generation = i64::try_from(TIMES).unwrap() + 1;
    assert_eq!(tapped.app.count("select generation from sessions").await, generation);
}

/// Returns once this many statements wait for a lock.
async fn some_wait_for_a_lock(app: &TestApp, number: i64) {
    let waiting = async {
        while app.count(WAITING).await < number {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), waiting).await.expect("statements wait for a lock");
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_refreshes_take_at_most_half_of_the_connection_pool() {
    let app = TestApp::start().await;
    let instances = Instances::start(&app.db.url, &[]).await;
    let (email, member) = app.member().await;
    let mut browsers = Vec::new();
    for _ in 0..POOL_SIZE * 2 {
        browsers.push(instances.send_to(0, &app.logged_in(&email).await));
    }
    let half = i64::from(POOL_SIZE / 2);

    let mut lock = app.db.pool.begin().await.unwrap();
    sqlx::query("lock table sessions in access exclusive mode").execute(&mut *lock).await.unwrap();
    let mut refreshing = JoinSet::new();
    for mut browser in browsers {
        refreshing.spawn(async move { browser.refresh().await.status });
    }
    some_wait_for_a_lock(&app, half).await;
    // Requests that do not need that table succeed.
    for _ in 0..20 {
        let profile = instances.send_to(0, &member).post("/api/get_profile", &[]).await;
        assert_eq!(profile.status, 200, "{}", profile.body);
        assert!(app.count(WAITING).await <= half);
    }
    lock.rollback().await.unwrap();

    // Requests that timed out were retried, and nothing was consumed.
    assert!(refreshing.join_all().await.iter().all(|status| *status == 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn log_ins_and_log_outs_do_not_wait_for_hanging_refreshes() {
    let app = TestApp::start().await;
    let (leaving, mut browser) = app.member().await;
    let (staying, _) = app.member().await;
    let mut browsers = Vec::new();
    for _ in 0..POOL_SIZE * 2 {
        browsers.push(app.logged_in(&staying).await);
    }
    app.pass_grace().await;
    let mut lock = app.db.pool.begin().await.unwrap();
    sqlx::query(
        "select from sessions
         where member_id = (select id from members where email = $1)
         for update",
    )
    .bind(&staying)
    .execute(&mut *lock)
    .await
    .unwrap();
    let mut refreshing = JoinSet::new();
    for mut browser in browsers {
        // As the page's script does, which tries again after a 503.
        refreshing.spawn(async move { while browser.refresh().await.status == 503 {} });
    }
    some_wait_for_a_lock(&app, i64::from(POOL_SIZE / 2)).await;
    for _ in 0..5 {
        // The second one ends the session of the first.
        for _ in 0..2 {
            browser.log_in(&leaving).await.assert_signs_in(None);
        }
        browser.post("/api/logout", &[]).await.assert_signs_out();
    }
    lock.rollback().await.unwrap();
    refreshing.join_all().await;
}
