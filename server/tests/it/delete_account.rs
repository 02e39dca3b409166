//! `POST /api/delete_account` and its page.

use crate::helpers::{PASSWORD, TestApp, VISITOR, words};

#[tokio::test]
async fn a_deleted_account_is_gone_and_every_browser_is_logged_out() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    let mut kept = here.clone();
    let mut there = app.logged_in(&email).await;
    let answer = here.post("/api/delete_account", &[("password", PASSWORD)]).await;
    assert_eq!((answer.status, &answer.json()["to"]), (200, &"/".into()));
    answer.assert_signs_out();
    here.get("/auth/session").await.assert_problem(401, "no_token");
    for old in [&mut kept, &mut there] {
        old.get("/auth/session").await.assert_problem(401, "deleted");
        old.refresh().await.assert_problem(401, "deleted");
    }
    assert_eq!(app.count("select count(*) from members").await, 0);
    app.browser().log_in(&email).await.assert_problem(401, "bad_credentials");
}

#[tokio::test]
async fn sign_ups_with_the_address_are_deleted_along_with_the_account() {
    let app = TestApp::start().await;
    let (email, mut here) = app.member().await;
    app.browser().sign_up(&email.to_uppercase()).await;
    app.browser().sign_up("somebody-else@example.com").await;
    assert_eq!(app.count("select count(*) from confirmations").await, 2);
    here.post("/api/delete_account", &[("password", PASSWORD)]).await.assert_signs_out();
    let left = "select count(*) from confirmations where email = 'somebody-else@example.com'";
    assert_eq!(app.count(left).await, 1);
    assert_eq!(app.count("select count(*) from confirmations").await, 1);
    assert_eq!(app.count("select count(*) from completed_sign_ups").await, 0);
}

#[tokio::test]
async fn a_browser_is_told_that_the_account_is_deleted() {
    let app = TestApp::start().await;
    let (_, mut here) = app.member().await;
    let answer = here.submit("/api/delete_account", &[("password", PASSWORD)]).await;
    answer.assert_goes_to("/");
    answer.assert_signs_out();
    let home = here.follow(&answer).await;
    home.assert_page(200);
    home.assert_holds(&words("notices.account_deleted"));
    home.assert_holds(r#"href="/login""#);
}

#[tokio::test]
async fn deleting_an_account_without_the_password_fails_with_a_message() {
    let app = TestApp::start().await;
    let (_, mut here) = app.member().await;
    for (typed, code) in [("", "required"), ("another tree by it", "wrong")] {
        let form = [("password", typed)];
        let answer = here.post("/api/delete_account", &form).await;
        answer.assert_invalid(&[("password", code)]);
        answer.assert_leaves_cookies();
        let answer = here.submit("/api/delete_account", &form).await;
        answer.assert_goes_to("/settings/account");
        assert_eq!(answer.cookie_names(), [VISITOR]);
        let page = here.follow(&answer).await;
        page.assert_page(200);
        page.assert_field_problem("password", &words(&format!("fields.password.{code}")));
    }
    assert!(here.session_id().await.is_some());
    assert_eq!(app.count("select count(*) from members").await, 1);
}
