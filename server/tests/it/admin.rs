//! `genkan admin`: the staff's commands, and their effect on members' browsers.

use std::{
    io::Write,
    process::{Output, Stdio},
};

use crate::{
    helpers::{Browser, KEY, TestApp, deployment, site},
    process::{genkan, said},
    stores::database::fresh_database,
};

/// Runs `genkan admin` with the site's settings, and additional ones.
async fn administrate(app: &TestApp, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = genkan();
    let (variable, value) = deployment();
    command
        .arg("admin")
        .args(arguments)
        .env("DATABASE_URL", &app.db.url)
        .env(variable, value)
        .env("SECRET_KEYS", KEY)
        .env("DEV_MAILBOX", "on")
        .env("LOG_FORMAT", "json")
        .env("RUST_LOG", "error")
        .envs(settings.iter().copied());
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test]
async fn an_admin_command_leaves_live_sessions_in_memory_to_their_own_process() {
    let settings = [("LIVE_SESSIONS", "memory")];
    let app = TestApp::start_with(&settings).await;
    let (email, _) = app.member().await;
    assert!(administrate(&app, &settings, &["suspend", &email]).await.status.success());
    let ended = "select count(*) from sessions where ended_at is not null";
    assert_eq!(app.count(ended).await, 1);
    assert_eq!(app.count(&format!("{ended} and closed_at is not null")).await, 0);
}

#[tokio::test]
async fn an_admin_command_takes_effect_on_the_next_request() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let administrate = async |arguments: &[&str]| administrate(&app, &[], arguments).await;
    for (command, role) in [("grant", "admin"), ("revoke", "member")] {
        let output = administrate(&[command, &email]).await;
        assert!(output.status.success(), "{}", said(&output));
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(answer.contains(&format!("has the role {role}")), "{answer}");
        // One line, although other events are filtered out.
        let event: serde_json::Value = serde_json::from_str(&said(&output)).unwrap();
        assert_eq!(
            (&event["target"], &event["message"]),
            (&"audit".into(), &"authz_change".into())
        );
        assert_eq!((&event["by"], &event["reason"]), (&"staff".into(), &role.into()));
        let session = browser.get("/auth/session").await;
        assert_eq!(session.json()["member"]["role"], role);
    }

    let output = administrate(&["suspend", &email]).await;
    assert!(output.status.success());
    assert!(said(&output).contains("user_updated"), "{}", said(&output));
    assert!(!said(&output).contains(&email), "{}", said(&output));
    browser.get("/auth/session").await.assert_problem(401, "suspended");
    app.browser().log_in(&email).await.assert_problem(403, "suspended");
    assert!(administrate(&["reinstate", &email]).await.status.success());
    let mut again = app.logged_in(&email).await;
    browser.get("/auth/session").await.assert_problem(401, "suspended");

    assert!(administrate(&["end-all-sessions"]).await.status.success());
    again.get("/auth/session").await.assert_problem(401, "revoked");
    again.refresh().await.assert_problem(401, "revoked");

    let output = administrate(&["suspend", "nobody@example.com"]).await;
    assert!(!output.status.success());
    assert!(said(&output).contains("no member with this address"), "{}", said(&output));
}

#[tokio::test]
async fn seeding_reads_the_password_from_standard_input() {
    let database = fresh_database().await;
    let seed = async |password: &str, public_url: &str| {
        let mut command = genkan();
        command
            .args(["admin", "seed", "demo@genkan.example", "Demo"])
            .env("DATABASE_URL", &database.url)
            .env("HASH_MEMORY_KIB", "8")
            .env("PUBLIC_URL", public_url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that refuses before it reads closes the pipe, which is not a failure.
        drop(child.stdin.take().unwrap().write_all(password.as_bytes()));
        tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap()
    };
    let here = "http://localhost:3000";
    let short = seed("a tree by gate\n", here).await;
    assert!(!short.status.success() && said(&short).contains("too_short"), "{}", said(&short));
    let elsewhere = seed("a tree by the gate\n", "https://genkan.example").await;
    assert!(!elsewhere.status.success(), "{}", said(&elsewhere));
    assert!(said(&elsewhere).contains("PUBLIC_URL must be this machine"), "{}", said(&elsewhere));

    let made = seed("a tree by the gate\n", here).await;
    assert!(made.status.success(), "{}", said(&made));
    assert_eq!(String::from_utf8_lossy(&made.stdout), "the member was made\n");
    let again = seed("a tree by the gate", here).await;
    assert!(again.status.success(), "{}", said(&again));
    assert!(String::from_utf8_lossy(&again.stdout).contains("already"), "{again:?}");

    let mut browser = Browser::new(site(&database.url, &[]).await);
    browser.log_in("demo@genkan.example").await.assert_signs_in(None);
}
