//! What the staff do at a terminal, as the members' browsers meet it.

use domain::member::Role;

use crate::helpers::{TestApp, words};

#[tokio::test]
async fn a_change_of_role_acts_on_the_next_request() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let terminal = app.ports().await;
    for (role, name) in [(Role::Admin, "admin"), (Role::Member, "member")] {
        server::admin::set_role(&terminal, &email, role).await.unwrap();
        // The same access token as before.
        let answer = browser.get("/auth/session").await;
        assert_eq!((answer.status, &answer.json()["member"]["role"]), (200, &name.into()));
        answer.assert_leaves_cookies();
    }
}

#[tokio::test]
async fn a_suspended_member_is_out_at_once_and_told_why() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let mut program = browser.clone();
    let terminal = app.ports().await;
    server::admin::suspend(&terminal, &email).await.unwrap();
    program.get("/auth/session").await.assert_problem(401, "suspended");
    let answer = browser.navigate("/settings/sessions").await;
    browser.follow(&answer).await.assert_holds(&words("ends.suspended"));
    browser.log_in(&email).await.assert_problem(403, "suspended");

    server::admin::reinstate(&terminal, &email).await.unwrap();
    browser.log_in(&email).await.assert_signs_in(None);
    program.refresh().await.assert_problem(401, "suspended");
}

#[tokio::test]
async fn an_end_of_all_sessions_ends_everybodys() {
    let app = TestApp::start().await;
    let (_, mut hana) = app.member().await;
    let (_, mut ken) = app.member().await;
    server::admin::end_all_sessions(&app.ports().await).await.unwrap();
    for browser in [&mut hana, &mut ken] {
        browser.get("/auth/session").await.assert_problem(401, "revoked");
        browser.refresh().await.assert_problem(401, "revoked");
    }
}
