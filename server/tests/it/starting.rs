//! The program's messages when it cannot start, or starts with a warning.

use crate::process::{configured, free_port, genkan, said};

#[test]
fn a_start_without_configuration_names_the_missing_variables() {
    let output = genkan().output().unwrap();
    assert!(!output.status.success());
    assert!(said(&output).contains("DATABASE_URL"), "{}", said(&output));
}

#[test]
fn a_new_key_is_accepted_by_the_configuration() {
    let output = genkan().args(["keys", "new"]).output().unwrap();
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(domain::session::keys::KeyRing::parse(line.trim()).is_ok(), "{line}");
}

#[test]
fn a_start_with_an_unmigrated_database_is_refused_with_a_message() {
    let output = configured().output().unwrap();
    assert!(!output.status.success());
    assert!(said(&output).contains("genkan migrate"), "{}", said(&output));
}

#[test]
fn migrating_a_database_that_cannot_be_reached_says_why_and_says_it_once() {
    let url = format!("postgres://genkan@127.0.0.1:{}/genkan", free_port());
    let output = genkan().arg("migrate").env("DATABASE_URL", url).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(said(&output).matches("Connection refused").count(), 1, "{}", said(&output));
}

#[test]
fn a_start_without_the_browsers_files_is_refused() {
    let output = configured()
        .env("LEPTOS_OUTPUT_NAME", "genkan")
        .env("LEPTOS_HASH_FILES", "true")
        .env("LEPTOS_SITE_ROOT", "/no-such-folder")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let sentence = "LEPTOS_SITE_ROOT names no folder: /no-such-folder";
    assert!(said(&output).contains(sentence), "{}", said(&output));
}

#[test]
fn a_live_session_store_in_memory_causes_a_warning_at_the_start() {
    for (store, is_warned_of) in [("memory", true), ("postgres", false)] {
        let said = said(&configured().env("LIVE_SESSIONS", store).output().unwrap());
        let warning = "LIVE_SESSIONS=memory is for one instance";
        assert_eq!(said.contains(warning), is_warned_of, "{store}: {said}");
    }
}

#[test]
fn a_malformed_store_url_is_reported_without_its_password() {
    for (variable, url) in [
        ("DATABASE_URL", "postgres://genkan@localhost/genkan?pasword=sesame"),
        ("DATABASE_URL", "postgres://genkan@localhost/genkan?sslmode=sesame"),
        ("DATABASE_URL", "postgres://genkan:sesame@db.example/genkan?sslmode=prefer"),
        ("REDIS_URL", "redis://:sesame@cache.example"),
    ] {
        let output = configured()
            .env("LIVE_SESSIONS", "redis")
            .env_remove("DEV_MAILBOX")
            .env("SMTP_URL", "smtp://localhost")
            .env("MAIL_FROM", "genkan@genkan.example")
            .env("PUBLIC_URL", "https://genkan.example")
            .env(variable, url)
            .output()
            .unwrap();
        assert!(!output.status.success());
        assert!(said(&output).contains(variable), "{}", said(&output));
        assert!(!said(&output).contains("sesame"), "{}", said(&output));
    }
}
