//! How long a member waits while another's browsers ask much at once.

use std::time::Duration;

use tokio::{task::JoinSet, time::Instant};

use crate::helpers::{Browser, REFRESH, TestApp, instances::Instances};

/// How long another member's log-in and refresh take together: what comes first meets the whole storm, what
/// comes second its rest.
async fn log_in_and_refresh(mut browser: Browser, email: String) -> Duration {
    let begun = Instant::now();
    assert_eq!(browser.log_in(&email).await.status, 200);
    assert_eq!(browser.refresh().await.status, 200);
    begun.elapsed()
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all[all.len() / 2]
}

/// With so many attempts a busy machine fails this only if it is busy all the time.
const ATTEMPTS: usize = 5;
const ROUNDS: usize = 7;

/// Whoever makes five hundred requests at once keeps the machine busy, whatever they are. So what a member waits
/// for longest is measured against as many requests that ask no store; see `costs.rs` for what they cost those.
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_refreshes_keep_another_member_waiting_no_longer_than_requests_that_cost_nothing()
 {
    let app = TestApp::start().await;
    let usual_hashes = [("HASH_MEMORY_KIB", "19456"), ("HASH_PASSES", "2")];
    let instances = Instances::start(&app.db.url, &usual_hashes).await;
    let (email, _) = app.member().await;
    let (_, busy) = app.member().await;
    let mut forged = busy.clone();
    forged.set_cookie(REFRESH, "v1.k1.a.1.b.c");

    let mut measured = Vec::new();
    for _ in 0..ATTEMPTS {
        let (mut quiet, mut amid_forgeries, mut amid_refreshes) =
            (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let browser = instances.browser(round);
            quiet.push(log_in_and_refresh(browser.clone(), email.clone()).await);
            amid_forgeries.push(amid_a_storm(&instances, &forged, &browser, &email).await);
            app.pass_grace().await;
            amid_refreshes.push(amid_a_storm(&instances, &busy, &browser, &email).await);
        }
        let [quiet, amid_forgeries, amid_refreshes] =
            [quiet, amid_forgeries, amid_refreshes].map(median);
        if amid_refreshes <= 2 * quiet.max(amid_forgeries) {
            return;
        }
        measured.push((quiet, amid_forgeries, amid_refreshes));
    }
    panic!("quiet, amid forgeries, amid refreshes: {measured:#?}");
}

async fn amid_a_storm(
    instances: &Instances,
    storm: &Browser,
    browser: &Browser,
    email: &str,
) -> Duration {
    let mut requests = JoinSet::new();
    for number in 0..500 {
        let mut tab = instances.send_to(number, storm);
        requests.spawn(async move { tab.refresh().await.status });
    }
    let took = log_in_and_refresh(browser.clone(), email.to_owned()).await;
    requests.join_all().await;
    took
}
