//! Races between three instances over TCP that share only the stores.

use std::{collections::BTreeSet, sync::Arc};

use domain::session::{
    Client, SessionId,
    authenticate::{Authenticated, Intent, Presented, authenticate},
    end_session::end_session,
};
use time::OffsetDateTime;
use tokio::{sync::Barrier, task::JoinSet};

use crate::helpers::{ACCESS, Answer, Browser, REFRESH, TestApp, instances::Instances};

/// A request that only the live-session store decides. `/auth/session` also reads the row, which would show the end
/// even if the store missed it.
const ASKS_LIVE_SESSIONS_ALONE: &str = "/api/get_profile";

async fn three_instances() -> (TestApp, Instances) {
    let app = TestApp::start().await;
    let instances = Instances::start(&app.db.url, &[]).await;
    (app, instances)
}

/// Starts all futures at once, and returns their outputs in order.
async fn at_once<T, F>(all: impl IntoIterator<Item = F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let all: Vec<_> = all.into_iter().collect();
    let start = Arc::new(Barrier::new(all.len()));
    let mut running = JoinSet::new();
    for (place, one) in all.into_iter().enumerate() {
        let start = Arc::clone(&start);
        running.spawn(async move {
            start.wait().await;
            (place, one.await)
        });
    }
    let mut done = running.join_all().await;
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, done)| done).collect()
}

fn tokens(browser: &Browser) -> (String, String) {
    let token = |name| browser.cookie(name).unwrap().to_owned();
    (token(ACCESS), token(REFRESH))
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_parallel_refreshes_rotate_once_and_all_succeed() {
    let (app, instances) = three_instances().await;
    let (_, mut browser) = app.member().await;
    let id = browser.session_id().await.unwrap();
    let (_, before) = tokens(&browser);
    app.pass_grace().await;

    let refreshing = (0..500).map(|number| {
        let mut tab = instances.send_to(number, &browser);
        async move {
            let answer = tab.refresh().await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            tokens(&tab)
        }
    });
    let answered = at_once(refreshing).await;
    assert_eq!(app.count("select generation from sessions").await, 2);
    let refresh_tokens: BTreeSet<_> = answered.iter().map(|(_, refresh)| refresh).collect();
    assert_eq!(refresh_tokens.len(), 1);
    assert!(!refresh_tokens.contains(&before));

    let access_tokens: BTreeSet<_> = answered.iter().map(|(access, _)| access).collect();
    browser.set_cookie(REFRESH, &answered[0].1);
    for access in access_tokens {
        browser.set_cookie(ACCESS, access);
        for mut anywhere in instances.everywhere(&browser) {
            assert_eq!(anywhere.session_id().await.as_ref(), Some(&id));
        }
    }
    for mut anywhere in instances.everywhere(&browser) {
        assert_eq!(anywhere.refresh().await.status, 200);
        assert_eq!(anywhere.cookie(REFRESH), browser.cookie(REFRESH));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_out_amid_requests_and_refreshes_leaves_no_live_session() {
    let (app, instances) = three_instances().await;
    let (email, _) = app.member().await;
    for round in 0..200 {
        let place_of_the_log_out = round % 51;
        let browser = app.logged_in(&email).await;
        // Every second round the refreshes rotate.
        if round % 2 == 0 {
            app.pass_grace().await;
        }
        let in_flight = (0..51).map(|number| {
            let mut tab = instances.send_to(number, &browser);
            async move {
                let is_the_log_out = number == place_of_the_log_out;
                let answer = if is_the_log_out {
                    tab.post("/api/logout", &[]).await
                } else if number % 2 == 0 {
                    tab.post(ASKS_LIVE_SESSIONS_ALONE, &[]).await
                } else {
                    tab.refresh().await
                };
                assert_in_order(&answer, is_the_log_out);
                answer.cookies
            }
        });
        let mut answered = BTreeSet::from_iter(
            [ACCESS, REFRESH]
                .map(|name| (name.to_owned(), browser.cookie(name).unwrap().to_owned())),
        );
        for cookie in at_once(in_flight).await.into_iter().flatten() {
            answered.insert((cookie.name().to_owned(), cookie.value().to_owned()));
        }
        answered.retain(|(name, value)| [ACCESS, REFRESH].contains(&&**name) && !value.is_empty());
        for (name, token) in answered {
            let mut kept = app.browser();
            kept.set_cookie(&name, &token);
            for mut anywhere in instances.everywhere(&kept) {
                let answer = if name == ACCESS {
                    anywhere.post(ASKS_LIVE_SESSIONS_ALONE, &[]).await
                } else {
                    anywhere.refresh().await
                };
                answer.assert_problem(401, "logout");
            }
        }
    }
    let over = "select count(*) from sessions where end_reason = 'logout'";
    assert_eq!(app.count(over).await, 200);
}

/// Asserts that a response during a log-out is consistent with coming before or after it.
fn assert_in_order(answer: &Answer, is_the_log_out: bool) {
    if is_the_log_out || answer.status == 200 {
        assert_eq!(answer.status, 200, "{}", answer.body);
    } else {
        answer.assert_problem(401, "logout");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_parallel_ends_by_two_causes_agree_on_one_reason() {
    let (app, instances) = three_instances().await;
    let (email, browser) = app.member().await;
    let mut elsewhere = app.logged_in(&email).await;
    let id = SessionId(browser.clone().session_id().await.unwrap().parse().unwrap());
    let who = authenticated(&instances, &elsewhere).await;

    let ending = (0..20).map(|number| {
        let mut tab = instances.send_to(number, &browser);
        let resources = instances.states().nth(number % 3).unwrap().resources.clone();
        async move {
            if number % 2 == 0 {
                tab.post("/api/logout", &[]).await.assert_signs_out();
            } else {
                end_session(&resources.session, &who, id, &Client::default()).await.unwrap();
            }
        }
    });
    at_once(ending).await;
    let ended = format!("from sessions where id = '{id}' and ended_at is not null");
    let by_itself = app.count(&format!("select count(*) {ended} and end_reason = 'logout'")).await;
    assert_eq!(app.count(&format!("select count(*) {ended}")).await, 1);
    let reason = if by_itself == 1 { "logout" } else { "revoked" };
    assert_over_everywhere(&instances, &browser, reason).await;
    assert!(elsewhere.session_id().await.is_some());
}

async fn authenticated(instances: &Instances, browser: &Browser) -> Authenticated {
    let presented = Presented { access: browser.cookie(ACCESS), refresh: browser.cookie(REFRESH) };
    let resources = &instances.states().next().unwrap().resources;
    authenticate(&resources.session, presented, Intent::Use, OffsetDateTime::now_utc())
        .await
        .unwrap()
}

async fn assert_over_everywhere(instances: &Instances, browser: &Browser, reason: &str) {
    for mut anywhere in instances.everywhere(browser) {
        anywhere.post(ASKS_LIVE_SESSIONS_ALONE, &[]).await.assert_problem(401, reason);
        anywhere.refresh().await.assert_problem(401, reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_amid_refreshes_of_the_previous_session_leaves_one_session() {
    let (app, instances) = three_instances().await;
    let (email, mut browser) = app.member().await;
    for round in 0..20 {
        app.pass_grace().await;
        let racing = (0..10).map(|number| {
            let mut tab = instances.send_to(round + number, &browser);
            let email = email.clone();
            async move {
                let answer =
                    if number == 5 { tab.log_in(&email).await } else { tab.refresh().await };
                assert_in_order(&answer, number == 5);
                tab
            }
        });
        let tabs = at_once(racing).await;
        assert_over_everywhere(&instances, &browser, "logout").await;
        browser.take_cookies_of(&tabs[5]);
        for mut anywhere in instances.everywhere(&browser) {
            assert!(anywhere.session_id().await.is_some());
        }
        assert_eq!(app.count("select count(*) from sessions where ended_at is null").await, 1);
    }
}
