//! The background sweeper, which closes sessions that the live-session store missed.

use std::time::Duration;

use server::sweeper;
use tokio::time::timeout;

use crate::{
    helpers::{Browser, TestApp, instance},
    stores::outages::Door,
};

#[tokio::test]
async fn an_end_that_redis_missed_is_closed_once_it_is_available_again_even_during_a_deletion() {
    let app = TestApp::start().await;
    let (_, member) = app.member().await;
    let mut door = Door::shut().await;
    door.open().await;
    let site = instance(&app.db.url, &[("REDIS_URL", &door.url())]).await;
    // An instance begins with deletions. Each of three waits for this for five seconds, while live sessions wait for the
    // sweeper for two.
    let mut lock = app.db.pool.begin().await.unwrap();
    sqlx::query("lock table password_resets, confirmations, live_sessions")
        .execute(&mut *lock)
        .await
        .unwrap();
    let sweeping = tokio::spawn(sweeper::run(site.clone()));
    let deleting = async {
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        while app.count(waiting).await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), deleting).await.expect("a deletion waits");
    let mut browser = Browser::new(site.router());
    browser.take_cookies_of(&member);
    assert!(browser.session_id().await.is_some());
    let mut kept = browser.clone();

    door.close().await;
    browser.post("/api/logout", &[]).await.assert_signs_out();
    door.open().await;
    let closed = async {
        loop {
            // Not for a moment is the copy of the access token accepted. By its row, which this request does not read, the
            // session would be over anyway.
            let answer = kept.post("/api/get_profile", &[]).await;
            if answer.status == 401 {
                break answer;
            }
            assert_eq!(answer.status, 503);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let answer = timeout(Duration::from_secs(20), closed).await;
    answer.expect("the sweeper has closed it").assert_problem(401, "logout");
    sweeping.abort();
}

#[tokio::test]
async fn only_rows_of_long_ended_sessions_are_cleared() {
    let app = TestApp::start().await;
    let (email, _) = app.member().await;
    app.logged_in(&email).await;
    app.logged_in(&email).await;
    app.sql(
        "with old as (select id, row_number() over (order by id) as place from sessions)
         update sessions
         set created_at = now() - interval '99 days',
             absolute_end = now() - interval '31 days' * (3 - old.place),
             ended_at = case when old.place = 1 then now() end,
             end_reason = case when old.place = 1 then 'logout' end
         from old
         where old.id = sessions.id",
    )
    .await;
    assert_eq!(server::postgres::clear_old_sessions(&app.db.database).await.unwrap().rows, 2);
    assert_eq!(app.count("select count(*) from sessions").await, 1);
}
