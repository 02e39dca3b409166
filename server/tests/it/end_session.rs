//! `POST /api/end_session`.

use tokio::task::JoinSet;
use uuid::Uuid;

use crate::helpers::{ACCESS, REFRESH, TestApp, VISITOR, words};

/// What is no id.
const NO_SESSIONS: &[&str] =
    &["", "x", "0199aaaa", "../..", "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee'"];

#[tokio::test]
async fn a_member_ends_another_session_which_is_over_at_once() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let mut there = app.logged_in(&email).await;
    let mut kept = there.clone();
    let id = there.session_id().await.unwrap();

    let answer = here.post("/api/end_session", &[("session_id", &id)]).await;
    assert_eq!((answer.status, &answer.json()["notice"]), (200, &"session_ended".into()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // The page says it once it is loaded anew.
    assert_eq!(answer.json()["to"], "/settings/sessions");
    assert_eq!(answer.cookie_names(), [VISITOR]);
    assert!(here.session_id().await.is_some());

    there.get("/auth/session").await.assert_problem(401, "revoked");
    kept.refresh().await.assert_problem(401, "revoked");
    let mut elsewhere = app.browser_of_an_instance_with(&[]).await;
    for name in [ACCESS, REFRESH] {
        elsewhere.set_cookie(name, there.cookie(name).unwrap());
    }
    elsewhere.get("/auth/session").await.assert_problem(401, "revoked");
}

#[tokio::test]
async fn the_ended_browser_is_sent_to_log_in_and_told_why() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let mut there = app.logged_in(&email).await;
    let id = there.session_id().await.unwrap();
    let answer = here.submit("/api/end_session", &[("session_id", &id)]).await;
    answer.assert_goes_to("/settings/sessions");
    assert_eq!(answer.cookie_names(), [VISITOR]);
    let page = here.follow(&answer).await;
    page.assert_holds(&words("notices.session_ended"));
    page.assert_holds(&words("sessions.none_elsewhere"));
    page.assert_lacks(&id);

    let answer = there.navigate("/settings/sessions").await;
    answer.assert_goes_to("/login?next=%2Fsettings%2Fsessions");
    let page = there.follow(&answer).await;
    page.assert_holds(&words("ends.revoked"));
    page.assert_signs_out();
}

#[tokio::test]
async fn what_is_no_session_of_the_member_is_not_found_and_nothing_ends() {
    let app = TestApp::start().await;
    let (email, mut hana) = app.member().await;
    let mut hana_elsewhere = app.logged_in(&email).await;
    let (_, mut ken) = app.member().await;
    let kens = ken.session_id().await.unwrap();
    let nobodys = Uuid::now_v7().to_string();
    for id in NO_SESSIONS.iter().copied().chain([kens.as_str(), nobodys.as_str()]) {
        let answer = hana.post("/api/end_session", &[("session_id", id)]).await;
        answer.assert_problem(404, "not_found");
        answer.assert_leaves_cookies();
        let answer = hana.submit("/api/end_session", &[("session_id", id)]).await;
        answer.assert_goes_to("/settings/sessions");
        let page = hana.follow(&answer).await;
        page.assert_page(200);
        page.assert_holds(&words("sessions.not_found"));
        hana.navigate("/settings/sessions").await.assert_lacks(&words("sessions.not_found"));
    }
    hana.post("/api/end_session", &[]).await.assert_problem(404, "not_found");
    for browser in [&mut hana, &mut hana_elsewhere, &mut ken] {
        assert!(browser.session_id().await.is_some());
    }
    assert_eq!(app.count("select count(*) from sessions where ended_at is not null").await, 0);
}

#[tokio::test]
async fn a_strangers_session_and_none_are_told_alike() {
    let app = TestApp::start().await;
    let (_, mut hana) = app.member().await;
    let (_, mut ken) = app.member().await;
    let kens = ken.session_id().await.unwrap();
    let nobodys = Uuid::now_v7().to_string();
    let foreign = hana.post("/api/end_session", &[("session_id", &kens)]).await;
    let unknown = hana.post("/api/end_session", &[("session_id", &nobodys)]).await;
    assert_eq!(foreign.body, unknown.body);
}

#[tokio::test]
async fn ending_the_own_session_is_a_log_out() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    let mut kept = browser.clone();
    let id = browser.session_id().await.unwrap();
    let answer = browser.submit("/api/end_session", &[("session_id", &id)]).await;
    answer.assert_goes_to("/");
    answer.assert_signs_out();
    browser.follow(&answer).await.assert_holds(&words("notices.logged_out"));
    kept.get("/auth/session").await.assert_problem(401, "logout");
}

#[tokio::test]
async fn who_is_not_signed_in_ends_nothing() {
    let app = TestApp::start().await;
    let (_, mut hana) = app.member().await;
    let id = hana.session_id().await.unwrap();
    let form = [("session_id", id.as_str())];
    app.browser().post("/api/end_session", &form).await.assert_problem(401, "no_token");
    let answer = app.browser().submit("/api/end_session", &form).await;
    answer.assert_goes_to("/login?next=%2Fsettings%2Fsessions");
    assert!(hana.session_id().await.is_some());
}

#[tokio::test]
async fn twenty_calls_at_once_for_twenty_sessions_end_each_of_them() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(app.logged_in(&email).await);
    }
    let mut calls = JoinSet::new();
    for other in &mut others {
        let (mut browser, id) = (here.clone(), other.session_id().await.unwrap());
        calls.spawn(async move {
            browser.post("/api/end_session", &[("session_id", &id)]).await.status
        });
    }
    assert_eq!(calls.join_all().await, [200; 20]);
    for other in &mut others {
        other.get("/auth/session").await.assert_problem(401, "revoked");
    }
    assert!(here.session_id().await.is_some());
}
