use std::time::Duration;

use super::*;
use crate::{
    account::{
        email::Email,
        member::Language,
        sign_up::{SignUp, sign_up},
    },
    credentials::{
        log_in::{LogIn, LogInError, log_in},
        password_reset::RESET_LIFETIME,
        request_password_reset::request_password_reset,
    },
    mail::Message,
    memory::{InMemory, mailed_reset_tokens},
};

const HANA: &str = "hana@example.com";
const OLD: &str = "a tree by the gate";
const NEW: &str = "a pond behind the house";

/// A member who has asked for a link, and the link's token.
async fn forgotten() -> (InMemory, String) {
    let world = InMemory::default();
    world.add_member(HANA, OLD).await;
    let token = ask_for_a_link(&world).await;
    (world, token)
}

async fn ask_for_a_link(world: &InMemory) -> String {
    request_password_reset(&world.resources(), &Email::parse(HANA).unwrap()).await.unwrap();
    mailed_reset_tokens(&world.mails_sent().await).pop().unwrap()
}

async fn reset(
    world: &InMemory,
    token: &str,
    password: &str,
) -> Result<PasswordReset, ResetPasswordError> {
    reset_here(world, token, password, Presented::default()).await
}

async fn reset_here(
    world: &InMemory,
    token: &str,
    password: &str,
    presented: Presented<'_>,
) -> Result<PasswordReset, ResetPasswordError> {
    let reset = ResetPassword { token, password, client: Client::default(), presented };
    reset_password(&world.resources(), reset, world.now()).await
}

async fn try_log_in(world: &InMemory, password: &str) -> Result<LoggedIn, LogInError> {
    let typed = LogIn::parse(HANA, password, Persistence::Browser).unwrap();
    log_in(&world.resources(), &typed, Client::default(), Presented::default(), world.now()).await
}

fn assert_refused(refused: Result<PasswordReset, ResetPasswordError>, errors: &FieldErrors) {
    match refused {
        Err(ResetPasswordError::Fields(said)) => assert_eq!(said, *errors),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_reset_ends_every_session_starts_a_new_one_and_only_the_new_password_logs_in() {
    let (world, token) = forgotten().await;
    let before = [try_log_in(&world, OLD).await.unwrap(), try_log_in(&world, OLD).await.unwrap()];
    let answer = reset(&world, &token, NEW).await.unwrap();
    let PasswordReset::SignedIn(LoggedIn { tokens, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(tokens.persistence, Persistence::Browser);
    for old in before {
        let id = old.tokens.session_id;
        assert_ne!(tokens.session_id, id);
        assert_eq!(world.ended(id), Some(EndReason::PasswordChanged));
    }
    assert_eq!(world.ended(tokens.session_id), None);
    assert!(matches!(try_log_in(&world, OLD).await, Err(LogInError::BadCredentials)));
    assert!(try_log_in(&world, NEW).await.is_ok());
}

#[tokio::test]
async fn only_the_newest_reset_link_works_once_within_half_an_hour() {
    let (world, older) = forgotten().await;
    let newest = ask_for_a_link(&world).await;
    for token in [older.as_str(), "", "nonsense", &"A".repeat(43)] {
        assert_refused(reset(&world, token, NEW).await, &expired());
    }
    reset(&world, &newest, NEW).await.unwrap();
    assert_refused(reset(&world, &newest, OLD).await, &expired());
    assert!(try_log_in(&world, NEW).await.is_ok());

    let token = ask_for_a_link(&world).await;
    world.pass(RESET_LIFETIME);
    assert_refused(reset(&world, &token, OLD).await, &expired());
}

#[tokio::test]
async fn viewing_a_reset_link_does_not_use_it_up() {
    let (world, token) = forgotten().await;
    world.pass(RESET_LIFETIME - Duration::from_secs(1));
    for _ in 0..3 {
        assert!(find_reset(&world.resources(), &token).await.unwrap().is_some());
    }
    assert!(matches!(reset(&world, &token, NEW).await, Ok(PasswordReset::SignedIn(_))));
    assert!(find_reset(&world.resources(), &token).await.unwrap().is_none());
}

#[tokio::test]
async fn a_refused_password_leaves_the_reset_link_valid() {
    let (world, token) = forgotten().await;
    for (password, problem) in [
        ("", FieldProblem::Required),
        ("short", FieldProblem::TooShort),
        (HANA, FieldProblem::SameAsEmail),
    ] {
        let errors = FieldErrors::one("password", problem);
        assert_refused(reset(&world, &token, password).await, &errors);
    }
    assert!(reset(&world, &token, NEW).await.is_ok());
}

#[tokio::test]
async fn a_reset_form_reports_every_problem_at_once() {
    let (world, _) = forgotten().await;
    let Err(ResetPasswordError::Fields(errors)) = reset(&world, "nonsense", "short").await else {
        panic!("not refused");
    };
    let expected = [("token", FieldProblem::Expired), ("password", FieldProblem::TooShort)];
    assert_eq!(errors.iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_reset_ends_the_browsers_previous_session_whoever_owns_it() {
    let (world, token) = forgotten().await;
    let somebody = world.signed_in(Persistence::Browser).await;
    reset_here(&world, &token, NEW, somebody.presented()).await.unwrap();
    assert_eq!(world.ended(somebody.session_id), Some(EndReason::Logout));
}

#[tokio::test]
async fn a_suspended_member_is_not_signed_in() {
    let (world, token) = forgotten().await;
    let member = try_log_in(&world, OLD).await.unwrap().tokens.member_id;
    let somebody = world.signed_in(Persistence::Browser).await;
    world.suspend(member);
    let answer = reset_here(&world, &token, NEW, somebody.presented()).await.unwrap();
    assert!(matches!(answer, PasswordReset::NotSignedIn), "{answer:?}");
    assert!(matches!(try_log_in(&world, NEW).await, Err(LogInError::Suspended)));
    assert_eq!(world.ended(somebody.session_id), None, "nothing takes its place");
}

#[tokio::test]
async fn a_reset_with_a_failed_live_session_store_ends_every_session() {
    let (world, token) = forgotten().await;
    let before = try_log_in(&world, OLD).await.unwrap().tokens.session_id;
    world.break_live_sessions();
    assert_matches!(reset(&world, &token, NEW).await, Ok(PasswordReset::NotSignedIn));
    assert_eq!(world.ended(before), Some(EndReason::PasswordChanged));
}

#[tokio::test]
async fn a_failed_database_is_not_reported_as_an_expired_link_and_uses_none_up() {
    let (world, token) = forgotten().await;
    world.break_database();
    assert_matches!(reset(&world, &token, NEW).await, Err(ResetPasswordError::Store(_)));
    world.mend_database();
    assert!(reset(&world, &token, NEW).await.is_ok());
}

#[tokio::test]
async fn a_reset_deletes_pending_sign_ups_for_the_address() {
    let (world, token) = forgotten().await;
    let mut waiting = Vec::new();
    for email in ["Hana@example.com", "ken@example.com"] {
        let typed = SignUp::parse(email, "Somebody", OLD, 15).unwrap();
        waiting.push(
            sign_up(&world.resources(), typed, &Client::default(), Language::En).await.unwrap(),
        );
    }
    reset(&world, &token, NEW).await.unwrap();
    let resources = world.resources();
    assert!(resources.confirmations.find(waiting[0]).await.unwrap().is_none());
    assert!(resources.confirmations.find(waiting[1]).await.unwrap().is_some());
}

#[tokio::test]
async fn the_mail_about_a_reset_holds_no_link_that_signs_in() {
    let (world, token) = forgotten().await;
    reset(&world, &token, NEW).await.unwrap();
    let mail = world.mails_sent().await.pop().unwrap();
    let Message::PasswordChanged { at, forgot, sessions } = mail.message else {
        panic!("{:?}", mail.message);
    };
    assert_eq!((mail.to.as_str(), at), (HANA, world.now()));
    assert_eq!(forgot, "https://genkan.example/forgot");
    assert_eq!(sessions, "https://genkan.example/settings/sessions");
}

#[tokio::test]
async fn a_failed_mail_about_a_reset_undoes_nothing() {
    let (world, token) = forgotten().await;
    world.break_mailer();
    assert!(matches!(reset(&world, &token, NEW).await, Ok(PasswordReset::SignedIn(_))));
}
