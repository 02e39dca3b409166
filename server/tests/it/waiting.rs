//! The wait of one member while another's browsers send many requests.

use std::time::Duration;

use tokio::{task::JoinSet, time::Instant};

use crate::helpers::{Browser, REFRESH, TestApp, instances::Instances};

/// The time for another member's log-in and refresh: the first meets the whole storm, the second the rest.
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

/// The number of attempts, so that the test fails only on a machine that is busy all the time.
const ATTEMPTS: usize = 5;
const ROUNDS: usize = 7;

/// Five hundred requests at once keep the machine busy whatever they are. So the longest wait is compared with that
/// during as many requests that ask no store; `costs.rs` tests the load on the stores.
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_refreshes_delay_another_member_no_more_than_requests_without_stores() {
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
