//! How refresh tokens rotate, as a client sees it through `POST /auth/refresh`.

use crate::helpers::{ACCESS, Browser, REFRESH, TestApp};

fn refresh_token(browser: &Browser) -> String {
    browser.cookie(REFRESH).unwrap().to_owned()
}

#[tokio::test]
async fn within_grace_a_refresh_gives_the_same_refresh_token_and_a_new_access_token() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let (first, access) = (refresh_token(&browser), browser.cookie(ACCESS).unwrap().to_owned());
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(refresh_token(&browser), first);
    assert_ne!(browser.cookie(ACCESS), Some(access.as_str()));
}

#[tokio::test]
async fn after_grace_a_refresh_rotates_once_and_the_old_token_gets_the_same_successor() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.pass_grace().await;
    let mut another_tab = browser.clone();
    let first = refresh_token(&browser);
    assert_eq!(browser.refresh().await.status, 200);
    let second = refresh_token(&browser);
    assert_ne!(first, second);

    assert_eq!(another_tab.refresh().await.status, 200);
    assert_eq!(refresh_token(&another_tab), second);
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(refresh_token(&browser), second);
    assert!(browser.session_id().await.is_some());
}

#[tokio::test]
async fn parallel_refreshes_rotate_once_and_all_get_the_same_token() {
    let app = TestApp::start().await;
    let (_, browser) = app.member().await;
    app.pass_grace().await;
    let mut refreshing = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mut tab = browser.clone();
        refreshing.spawn(async move {
            let answer = tab.refresh().await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            refresh_token(&tab)
        });
    }
    let mut tokens = refreshing.join_all().await;
    tokens.dedup();
    assert_eq!(tokens.len(), 1);
    assert_ne!(tokens[0], refresh_token(&browser));
    assert_eq!(app.count("select generation from sessions").await, 2);
}

#[tokio::test]
async fn a_browser_whose_last_answer_was_lost_goes_on() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.pass_grace().await;
    let mut lost = browser.clone();
    assert_eq!(lost.refresh().await.status, 200);
    app.pass_grace().await;
    let answer = browser.refresh().await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(refresh_token(&browser), refresh_token(&lost));
    assert!(browser.session_id().await.is_some());
}

#[tokio::test]
async fn a_thief_who_walks_in_step_is_caught_at_the_second_step() {
    let app = TestApp::start().await;
    let (_, mut member) = app.member().await;
    let mut thief = member.clone();
    app.pass_grace().await;
    assert_eq!(thief.refresh().await.status, 200);
    app.pass_grace().await;
    // For all we know, the member's last answer was lost.
    assert_eq!(member.refresh().await.status, 200);
    assert!(member.session_id().await.is_some());
    app.pass_grace().await;
    assert_eq!(thief.refresh().await.status, 200);
    app.pass_grace().await;
    member.refresh().await.assert_problem(401, "reuse");
    thief.get("/auth/session").await.assert_problem(401, "reuse");
}

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

#[tokio::test]
async fn a_deleted_session_has_no_token() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.sql("delete from sessions").await;
    let answer = browser.refresh().await;
    answer.assert_problem(401, "invalid");
    answer.assert_signs_out();
}
