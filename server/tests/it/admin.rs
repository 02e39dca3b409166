//! What the staff do at a terminal, as the members' browsers meet it.

use std::{io::Write, process::Stdio};

use domain::account::member::Role;

use crate::{
    helpers::{Browser, TestApp, site, words},
    process::{genkan, said},
    stores::database::fresh_database,
};

#[tokio::test]
async fn a_change_of_role_acts_on_the_next_request() {
    let app = TestApp::start().await;
    let (email, mut browser) = app.member().await;
    let terminal = app.resources().await;
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
    let terminal = app.resources().await;
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
    server::admin::end_all_sessions(&app.resources().await).await.unwrap();
    for browser in [&mut hana, &mut ken] {
        browser.get("/auth/session").await.assert_problem(401, "revoked");
        browser.refresh().await.assert_problem(401, "revoked");
    }
}

#[tokio::test]
async fn a_member_is_seeded_with_a_password_that_no_other_program_sees() {
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
        // A program that refuses before it reads closes the pipe, which is no failure.
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
