//! The wipe drill: two hundred browsers at work while the live-session store loses everything, five times.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use domain::session::sweep::{Since, Sweeper};
use fred::{
    interfaces::ClientLike,
    types::{ClusterHash, CustomCommand},
};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    helpers::{Answer, Browser, TestApp, instances::Instances, raw_redis},
    stores::redis_server::RedisServer,
};

const WIPES: usize = 5;
const MEMBERS: usize = 10;
const BROWSERS: usize = 200;
/// The number of requests answered between two wipes.
const BETWEEN: usize = 400;

/// The shared state of the drill's browsers.
struct Drill {
    instances: Instances,
    answered: AtomicUsize,
    wipes: watch::Sender<usize>,
}

impl Drill {
    /// Sends one request to a varying instance: a refresh, or a request that only the live-session store decides.
    async fn send(&self, browser: &mut Browser, number: usize) -> Answer {
        let mut at = self.instances.send_to(number, browser);
        let answer = if number.is_multiple_of(3) {
            at.refresh().await
        } else {
            at.post("/api/get_profile", &[]).await
        };
        browser.take_cookies_of(&at);
        self.answered.fetch_add(1, Ordering::Relaxed);
        answer
    }

    /// Sends requests until all wipes are over, and a few more.
    async fn work(&self, mut browser: Browser, first: usize) -> Browser {
        let mut number = first;
        let mut left = 6;
        while left > 0 {
            if *self.wipes.borrow() == WIPES {
                left -= 1;
            }
            number += 1;
            self.assert_signed_in(&mut browser, number).await;
        }
        browser
    }

    /// Asserts that the browser is signed in, if need be after a refresh.
    async fn assert_signed_in(&self, browser: &mut Browser, number: usize) {
        let answer = self.send(browser, number).await;
        if answer.status == 200 {
            return;
        }
        answer.assert_problem(401, "not_live");
        let mut at = self.instances.send_to(number + 1, browser);
        let refreshed = at.refresh().await;
        assert_eq!(refreshed.status, 200, "{}", refreshed.body);
        browser.take_cookies_of(&at);
    }

    /// Works until a wipe, logs out amid the others' requests, and goes on with copied cookies.
    async fn leave(&self, mut browser: Browser, first: usize, after: usize) -> Browser {
        let mut number = first;
        while *self.wipes.borrow() < after {
            number += 1;
            self.assert_signed_in(&mut browser, number).await;
        }
        let mut at = self.instances.send_to(number, &browser);
        at.post("/api/logout", &[]).await.assert_signs_out();
        self.stay_out(browser, number).await
    }

    async fn stay_out(&self, kept: Browser, first: usize) -> Browser {
        let mut number = first;
        let mut left = 6;
        while left > 0 {
            if *self.wipes.borrow() == WIPES {
                left -= 1;
            }
            number += 1;
            let answer = self.send(&mut kept.clone(), number).await;
            assert_eq!(answer.status, 401, "{}", answer.body);
            let reason = answer.json()["reason"].clone();
            // Only the tombstone can be lost; the row still has the end.
            assert!(
                reason == "logout" || (reason == "not_live" && !number.is_multiple_of(3)),
                "{reason}"
            );
        }
        kept
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_session_store_wiped_five_times_logs_nobody_out_and_brings_nobody_back() {
    // A server of its own, because a wipe would affect every other test.
    let redis = RedisServer::start(&[]).await;
    let url = redis.url();
    let settings = [("REDIS_URL", url.as_str())];
    let app = TestApp::start_with(&settings).await;
    let drill = Arc::new(Drill {
        instances: Instances::start(&app.db.url, &settings).await,
        answered: AtomicUsize::new(0),
        wipes: watch::Sender::new(0),
    });

    let mut emails = Vec::new();
    for _ in 0..MEMBERS {
        emails.push(app.member().await.0);
    }
    app.sql("delete from sessions").await;
    let mut browsers = Vec::new();
    for number in 0..BROWSERS {
        browsers.push(app.logged_in(&emails[number % MEMBERS]).await);
        if number < 10 {
            // Logged out before the first wipe.
            browsers[number].clone().post("/api/logout", &[]).await.assert_signs_out();
        }
    }
    let (mut staying, mut leaving) = (JoinSet::new(), JoinSet::new());
    for (number, browser) in browsers.into_iter().enumerate() {
        let drill = Arc::clone(&drill);
        match number {
            0..10 => {
                leaving.spawn(async move { drill.stay_out(browser, number).await });
            }
            10..20 => {
                let after = number % WIPES;
                leaving.spawn(async move { drill.leave(browser, number, after).await });
            }
            _ => {
                staying.spawn(async move { drill.work(browser, number).await });
            }
        }
    }
    wipe_while_they_work(&app, &drill, &url).await;
    let (staying, leaving) = (staying.join_all().await, leaving.join_all().await);

    assert_eq!(staying.len(), 180);
    for browser in staying {
        for mut anywhere in drill.instances.everywhere(&browser) {
            assert!(anywhere.session_id().await.is_some());
        }
    }
    let ended = "select count(*) from sessions where ended_at is not null";
    assert_eq!(app.count(ended).await, 20);
    assert_eq!(app.count(&format!("{ended} and end_reason = 'logout'")).await, 20);

    // The sweeper's next round restores the tombstones that a wipe removed.
    let resources = &drill.instances.states().next().unwrap().resources;
    let swept = Sweeper::default().round(&resources.session, Since::Quiet).await.unwrap();
    assert_eq!((swept.closed, swept.failed), (20, 0));
    assert_eq!(leaving.len(), 20);
    for kept in leaving {
        for mut anywhere in drill.instances.everywhere(&kept) {
            anywhere.post("/api/get_profile", &[]).await.assert_problem(401, "logout");
            anywhere.refresh().await.assert_problem(401, "logout");
        }
    }
}

async fn wipe_while_they_work(app: &TestApp, drill: &Drill, url: &str) {
    let redis = raw_redis(url).await;
    let flush_all = CustomCommand::new_static("FLUSHALL", ClusterHash::FirstKey, false);
    for wipe in 1..=WIPES {
        while drill.answered.load(Ordering::Relaxed) < wipe * BETWEEN {
            tokio::task::yield_now().await;
        }
        redis.custom::<(), String>(flush_all.clone(), Vec::new()).await.unwrap();
        drill.wipes.send_replace(wipe);
        // So that refreshes also rotate.
        app.pass_grace().await;
    }
}
