//! What a request costs the stores, counted on the wire; and that who asks much costs others nothing.

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

/// Measured so often: a connection that is new, or was idle for long, is asked once more than others.
const TIMES: usize = 5;

/// A site with a tap before each store.
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

    /// The fewest statements and commands that one of several did with.
    async fn cost(
        &mut self,
        ask: impl AsyncFn(&TestApp, &mut Browser, &mut dyn FnMut()),
    ) -> (usize, usize) {
        let mut cheapest = (usize::MAX, usize::MAX);
        for _ in 0..TIMES {
            // What prepares the question is not counted.
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
async fn whose_request_it_is_takes_one_command_and_no_statement() {
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
async fn a_forged_or_expired_token_or_none_costs_the_stores_nothing() {
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
async fn limits_cost_a_post_one_command_a_refresh_two_and_a_page_none() {
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
async fn the_rarest_refresh_takes_two_statements_and_two_commands() {
    let mut tapped = Tapped::start().await;
    let mut lost_its_answer = tapped.browser.clone();
    tapped.app.pass_grace().await;
    assert_eq!(tapped.browser.refresh().await.status, 200);
    // A late replay that repeats, since its answer never arrives.
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

/// Nothing runs at the same time here, so every request has boarded before the first statement is answered.
#[tokio::test(flavor = "current_thread")]
async fn a_hundred_requests_with_one_token_cost_an_instance_what_one_costs() {
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

#[tokio::test(flavor = "multi_thread")]
async fn refreshes_that_hang_take_half_of_the_pool_and_leave_the_rest_to_others() {
    let app = TestApp::start().await;
    let instances = Instances::start(&app.db.url, &[]).await;
    let (email, member) = app.member().await;
    let mut browsers = Vec::new();
    for _ in 0..POOL_SIZE * 2 {
        browsers.push(instances.send_to(0, &app.logged_in(&email).await));
    }
    let waiting = "select count(*) from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'";
    let half = i64::from(POOL_SIZE / 2);

    let mut lock = app.db.pool.begin().await.unwrap();
    sqlx::query("lock table sessions in access exclusive mode").execute(&mut *lock).await.unwrap();
    let mut refreshing = JoinSet::new();
    for mut browser in browsers {
        refreshing.spawn(async move { browser.refresh().await.status });
    }
    let all_wait = async {
        while app.count(waiting).await < half {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), all_wait).await.expect("refreshes wait for the table");
    // Others have what they need, as long as it is not that table.
    for _ in 0..20 {
        let profile = instances.send_to(0, &member).post("/api/get_profile", &[]).await;
        assert_eq!(profile.status, 200, "{}", profile.body);
        assert!(app.count(waiting).await <= half);
    }
    lock.rollback().await.unwrap();

    // Who waited for too long was told so, came again, and finds that nothing was consumed.
    assert!(refreshing.join_all().await.iter().all(|status| *status == 200));
}
