//! `POST /api/end_session`.

use uuid::Uuid;

use crate::helpers::{ACCESS, REFRESH, TestApp, VISITOR, words};

#[tokio::test]
async fn a_session_ended_from_another_browser_is_over_at_once() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let mut there = app.logged_in(&email).await;
    let mut kept = there.clone();
    let id = there.session_id().await.unwrap();

    let answer = here.post("/api/end_session", &[("session_id", &id)]).await;
    assert_eq!((answer.status, &answer.json()["notice"]), (200, &"session_ended".into()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    // The page shows the notice after a reload.
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
async fn ending_the_last_other_session_is_confirmed_on_the_page() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let id = app.logged_in(&email).await.session_id().await.unwrap();
    let answer = here.submit("/api/end_session", &[("session_id", &id)]).await;
    answer.assert_goes_to("/settings/sessions");
    assert_eq!(answer.cookie_names(), [VISITOR]);
    let page = here.follow(&answer).await;
    page.assert_holds(&words("notices.session_ended"));
    page.assert_holds(&words("sessions.none_elsewhere"));
    page.assert_lacks(&id);
}

#[tokio::test]
async fn ending_another_members_session_is_not_found_and_ends_nothing() {
    let app = TestApp::start().await;
    let (_, mut hana) = app.member().await;
    let (_, mut ken) = app.member().await;
    let kens = ken.session_id().await.unwrap();
    let nobodys = Uuid::now_v7().to_string();
    let unknown = hana.post("/api/end_session", &[("session_id", &nobodys)]).await;
    for id in [&kens, &nobodys, "", "x", "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee'"] {
        let answer = hana.post("/api/end_session", &[("session_id", id)]).await;
        answer.assert_problem(404, "not_found");
        answer.assert_leaves_cookies();
        assert_eq!(answer.body, unknown.body, "{id}");
        let answer = hana.submit("/api/end_session", &[("session_id", id)]).await;
        answer.assert_goes_to("/settings/sessions");
        let page = hana.follow(&answer).await;
        page.assert_page(200);
        page.assert_focuses(&words("sessions.not_found"));
        hana.navigate("/settings/sessions").await.assert_lacks(&words("sessions.not_found"));
    }
    hana.post("/api/end_session", &[]).await.assert_problem(404, "not_found");
    assert_eq!(app.count("select count(*) from sessions where ended_at is not null").await, 0);
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
