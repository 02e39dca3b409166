//! How sessions end by a refresh, as a client sees it through `POST /auth/refresh`. The rules of rotation are tested in
//! the domain.

use crate::helpers::TestApp;

#[tokio::test]
async fn reusing_a_consumed_token_ends_the_session() {
    let app = TestApp::start().await;
    let (email, mut member) = app.member().await;
    let mut elsewhere = app.logged_in(&email).await;
    let mut thief = member.clone();
    for _ in 0..2 {
        app.pass_grace().await;
        assert_eq!(member.refresh().await.status, 200);
    }
    let answer = thief.refresh().await;
    answer.assert_problem(401, "reuse");
    answer.assert_signs_out();

    member.get("/auth/session").await.assert_problem(401, "reuse");
    let answer = member.clone().refresh().await;
    answer.assert_problem(401, "reuse");
    answer.assert_signs_out();
    assert_eq!(app.count("select count(*) from sessions where end_reason = 'reuse'").await, 1);
    // The member's other sessions are not concerned.
    assert!(elsewhere.session_id().await.is_some());
}

#[tokio::test]
async fn a_lost_live_session_comes_back_with_a_refresh_and_an_ended_one_never() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let id = browser.session_id().await;
    app.lose_live_sessions().await;
    browser.get("/auth/session").await.assert_problem(401, "not_live");
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(browser.session_id().await, id);

    let mut kept = browser.clone();
    browser.post("/api/logout", &[]).await.assert_signs_out();
    app.lose_live_sessions().await;
    kept.get("/auth/session").await.assert_problem(401, "not_live");
    kept.clone().refresh().await.assert_problem(401, "logout");
    // The refused refresh has put the tombstone back.
    kept.get("/auth/session").await.assert_problem(401, "logout");
}

#[tokio::test]
async fn a_session_ends_by_inactivity_and_by_age() {
    let app = TestApp::start().await;
    for (change, reason) in [
        ("last_seen_at = now() - interval '36 minutes'", "idle"),
        (
            "created_at = now() - interval '13 hours', absolute_end = now() - interval '1 hour'",
            "absolute",
        ),
    ] {
        let (_, mut browser) = app.member().await;
        app.lose_live_sessions().await;
        app.sql(&format!("update sessions set {change}")).await;
        let answer = browser.refresh().await;
        answer.assert_problem(401, reason);
        answer.assert_signs_out();
        let ended = format!("select count(*) from sessions where end_reason = '{reason}'");
        assert_eq!(app.count(&ended).await, 1);
    }
}
