//! `POST /api/end_other_sessions` and `POST /api/logout_everywhere`.

use crate::helpers::{TestApp, VISITOR, words};

#[tokio::test]
async fn ending_other_sessions_leaves_this_one_signed_in() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let mut others = [app.logged_in(&email).await, app.logged_in(&email).await];
    let (_, mut stranger) = app.member().await;
    here.navigate("/settings/sessions").await.assert_holds(r#"action="/api/end_other_sessions""#);

    let answer = here.post("/api/end_other_sessions", &[]).await;
    assert_eq!((answer.status, &answer.json()["notice"]), (200, &"others_ended".into()));
    // The page shows the notice after a reload.
    assert_eq!(answer.json()["to"], "/settings/sessions");
    assert_eq!(answer.cookie_names(), [VISITOR]);
    for other in &mut others {
        other.get("/auth/session").await.assert_problem(401, "revoked");
        let refused = other.refresh().await;
        refused.assert_problem(401, "revoked");
        refused.assert_signs_out();
    }
    assert!(here.session_id().await.is_some());
    assert!(stranger.session_id().await.is_some());
}

#[tokio::test]
async fn ending_other_sessions_shows_that_none_is_left_even_if_there_was_none() {
    let app = TestApp::start().await;
    let (_, mut here) = app.member().await;
    let answer = here.submit("/api/end_other_sessions", &[]).await;
    answer.assert_goes_to("/settings/sessions");
    assert_eq!(answer.cookie_names(), [VISITOR]);
    let page = here.follow(&answer).await;
    page.assert_holds(&words("notices.others_ended"));
    page.assert_holds(&words("sessions.none_elsewhere"));
}

#[tokio::test]
async fn a_log_out_everywhere_leaves_no_browser_signed_in() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let mut kept = here.clone();
    let mut there = app.logged_in(&email).await;
    let (_, mut stranger) = app.member().await;
    let answer = here.post("/api/logout_everywhere", &[]).await;
    assert_eq!((answer.status, &answer.json()["to"]), (200, &"/".into()));
    answer.assert_signs_out();
    here.get("/auth/session").await.assert_problem(401, "no_token");
    kept.get("/auth/session").await.assert_problem(401, "logout");
    kept.refresh().await.assert_problem(401, "logout");
    there.get("/auth/session").await.assert_problem(401, "revoked");
    assert!(stranger.session_id().await.is_some());
}

#[tokio::test]
async fn a_browser_is_told_of_its_log_out_everywhere() {
    let app = TestApp::start().await;
    let (_, mut here) = app.member().await;
    let answer = here.submit("/api/logout_everywhere", &[]).await;
    answer.assert_goes_to("/");
    answer.assert_signs_out();
    let home = here.follow(&answer).await;
    home.assert_holds(&words("notices.logged_out_everywhere"));
    home.assert_holds(r#"href="/login""#);
    assert_eq!(app.count("select count(*) from sessions where ended_at is null").await, 0);
}
