//! Sessions that a store ends when nobody has used them for a while.

use std::time::Duration;

use axum::http::StatusCode;
use futures_util::future::join_all;
use lab::approaches::Approach;
use tokio::time::{Instant, sleep};

use crate::{
    instance::{Instance, settings},
    stored::USE_OF_EVERY_SESSION,
};

const IN_STORES: [Approach; 6] = [
    Approach::Memcached,
    Approach::RedisCommon,
    Approach::Redis,
    Approach::RdbEveryRequest,
    Approach::RdbOnceAMinute,
    Approach::JwtStore,
];
const IDLE: Duration = Duration::from_secs(2);
const ENDS_WITHIN: Duration = Duration::from_secs(15);

#[tokio::test]
async fn an_idle_session_ends_and_a_page_extends_it() {
    let _undisturbed = USE_OF_EVERY_SESSION.lock().await;
    join_all(IN_STORES.map(idle_session)).await;
}

async fn idle_session(approach: Approach) {
    let mut brief = settings().await;
    brief.session_ttl = IDLE;
    let (usual, brief) = (Instance::of(approach).await, Instance::with(approach, &brief).await);
    let member = usual.member("member").await;
    let (mut idle, used) = (brief.signed_in(&member).await, brief.signed_in(&member).await);
    let mut used = used.copied_to(usual.browser());
    assert_eq!(used.get("/page").await.status, StatusCode::OK, "{approach}");

    idle.get("/page").await;
    let deadline = Instant::now() + ENDS_WITHIN;
    // Longer than the idle timeout, since each of these pages extends the session.
    sleep(IDLE * 3 / 2).await;
    loop {
        let status = idle.get("/page").await.status;
        if status == StatusCode::UNAUTHORIZED {
            break;
        }
        assert!(Instant::now() < deadline, "{approach}: an idle session goes on: {status}");
        sleep(IDLE * 3 / 2).await;
    }
    assert_eq!(
        used.get("/page").await.status,
        StatusCode::OK,
        "{approach}: a page extends nothing"
    );
}
