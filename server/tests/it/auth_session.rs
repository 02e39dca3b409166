//! `GET /auth/session`.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::helpers::{ACCESS, TestApp};

#[tokio::test]
async fn a_signed_in_browser_is_told_its_member_and_how_long_the_session_lasts() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let answer = browser.get("/auth/session").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.assert_leaves_cookies();

    let shown = answer.json();
    let names = |part: &str| -> Vec<String> {
        let mut names: Vec<_> = shown[part].as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(names("member"), ["display_name", "email", "id", "role"]);
    assert_eq!(
        names("session"),
        ["absolute_expires_in", "access_expires_in", "created_at", "id", "idle_expires_in"]
    );
    assert_eq!(shown.as_object().unwrap().len(), 2);

    assert_eq!(shown["member"]["email"], email.as_str());
    let text = |part: &str, name: &str| shown[part][name].as_str().unwrap().to_owned();
    let member: Uuid = text("member", "id").parse().unwrap();
    let session: Uuid = text("session", "id").parse().unwrap();
    let row =
        format!("select count(*) from sessions where id = '{session}' and member_id = '{member}'");
    assert_eq!(app.count(&row).await, 1);
    let begun = OffsetDateTime::parse(&text("session", "created_at"), &Rfc3339).unwrap();
    assert!((OffsetDateTime::now_utc() - begun).abs() < Duration::minutes(1), "{begun}");
    for (name, seconds) in
        [("access_expires_in", 300), ("idle_expires_in", 1800), ("absolute_expires_in", 43_200)]
    {
        let left = shown["session"][name].as_u64().unwrap();
        assert!((seconds - 60..=seconds).contains(&left), "{name}: {left}");
    }
}

#[tokio::test]
async fn the_role_comes_from_the_live_session_and_not_from_the_token() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    app.sql("update members set role = 'admin', authority_version = authority_version + 1").await;
    app.lose_live_sessions().await;
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(browser.get("/auth/session").await.json()["member"]["role"], "admin");
}

#[tokio::test]
async fn a_missing_token_an_expired_one_and_a_lost_live_session_have_distinct_reasons() {
    let app = TestApp::start().await;
    let answer = app.browser().get("/auth/session").await;
    answer.assert_problem(401, "no_token");
    answer.assert_leaves_cookies();

    let (_, mut browser) = app.member().await;
    let mut without_access = browser.clone();
    without_access.forget_cookie(ACCESS);
    let answer = without_access.get("/auth/session").await;
    answer.assert_problem(401, "access_expired");
    answer.assert_leaves_cookies();

    app.lose_live_sessions().await;
    let answer = browser.get("/auth/session").await;
    answer.assert_problem(401, "not_live");
    answer.assert_leaves_cookies();
    assert_eq!(browser.refresh().await.status, 200);
    assert_eq!(browser.get("/auth/session").await.status, 200);
}
