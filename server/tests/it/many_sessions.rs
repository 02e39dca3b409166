//! Members with many sessions, within the bound or from before it existed.

use std::{collections::HashSet, time::Duration};

use tokio::time::{sleep, timeout};

use crate::helpers::{Browser, NEW_PASSWORD, PASSWORD, TestApp, words};

/// Adds open sessions beyond the bound, each last seen a second earlier than the previous one.
async fn add_sessions(app: &TestApp, count: u32) {
    app.sql(&format!(
        "insert into sessions (
             id, member_id, salt, created_at, absolute_end, idle_seconds, remembered, last_seen_at
         )
         select
             gen_random_uuid(), members.id, decode(repeat('00', 16), 'hex'),
             now() - interval '1 day', now() + interval '1 day', 86400, true,
             now() - make_interval(secs => number)
         from members, generate_series(1, {count}) as number"
    ))
    .await;
}

const OPEN: &str = "select count(*) from sessions where ended_at is null";

#[tokio::test]
async fn a_member_has_at_most_fifty_sessions() {
    let app = TestApp::start().await;
    let (email, mut first) = app.member().await;
    add_sessions(&app, 200).await;
    app.logged_in(&email).await;
    assert_eq!(app.count(OPEN).await, 50);
    // The added sessions are older.
    assert!(first.session_id().await.is_some());
}

#[tokio::test]
async fn thousands_of_sessions_are_listed_a_page_at_a_time() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    add_sessions(&app, 2_020).await;

    let (mut seen, mut pages) = (HashSet::new(), 0);
    let mut before = String::new();
    loop {
        let answer = browser.post("/api/list_sessions", &[("before", &before)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body.len() < 64 * 1024, "{}", answer.body.len());
        let list = answer.json();
        assert!(list["this"].is_object());
        let others = list["others"].as_array().unwrap();
        assert!(others.len() <= 50);
        seen.extend(others.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        pages += 1;
        let Some(next) = list["next"].as_str() else { break };
        before = next.to_owned();
    }
    assert_eq!((seen.len(), pages), (2_020, 41));

    let page = browser.navigate("/settings/sessions").await;
    page.assert_page(200);
    assert_eq!(page.body.matches(r#"action="/api/end_session""#).count(), 50);
    page.assert_lacks(&words("sessions.newest"));
    let older = page.element("/settings/sessions?before=");
    let path = older.split('"').find(|part| part.contains("?before=")).unwrap();
    let second = browser.navigate(path).await;
    second.assert_page(200);
    assert_eq!(second.body.matches(r#"action="/api/end_session""#).count(), 50);
    second.assert_holds(&words("sessions.newest"));
    second.assert_holds(&words("sessions.older"));

    let last = browser.navigate(&format!("/settings/sessions?before={before}")).await;
    assert_eq!(last.body.matches(r#"action="/api/end_session""#).count(), 20);
    last.assert_lacks(&words("sessions.older"));
}

#[tokio::test]
async fn an_invalid_cursor_is_refused_to_a_program_and_shows_the_first_page_to_a_browser() {
    let app = TestApp::start().await;
    let (_, mut browser) = app.member().await;
    for place in ["x", "0", "1.2", "99999999999999999999.x", "\u{0}"] {
        let answer = browser.post("/api/list_sessions", &[("before", place)]).await;
        answer.assert_invalid(&[("before", "invalid")]);
    }
    let page = browser.navigate("/settings/sessions?before=x").await;
    page.assert_page(200);
    page.assert_holds(&words("sessions.here"));
}

async fn all_are_closed(app: &TestApp) {
    let open = "select count(*) from sessions where ended_at is null or closed_at is null";
    let closed = async {
        while app.count(open).await > 1 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), closed).await.expect("they are closed behind the answer");
}

async fn change_password(browser: &mut Browser) {
    let form = [("current_password", PASSWORD), ("new_password", NEW_PASSWORD)];
    let answer = browser.post("/api/change_password", &form).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn a_change_of_password_ends_thousands_of_sessions() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let mut seen_lately = app.logged_in(&email).await;
    add_sessions(&app, 5_000).await;
    change_password(&mut browser).await;
    // The most recently seen sessions are closed before the response.
    seen_lately.get("/auth/session").await.assert_problem(401, "password_changed");
    let ended = "select count(*) from sessions where end_reason = 'password_changed'";
    assert_eq!(app.count(ended).await, 5_002);
    assert!(browser.session_id().await.is_some());
    all_are_closed(&app).await;
}
