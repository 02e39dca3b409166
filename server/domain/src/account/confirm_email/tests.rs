use super::*;
use crate::{
    account::{
        confirmation::{CODE_LIFETIME, MAILS_MAX},
        member::Language,
        resend_confirmation::{ResendError, resend_confirmation},
        sign_up::{SignUp, sign_up},
    },
    mail::Message,
    memory::{InMemory, noon},
    session::EndReason,
};

const PASSWORD: &str = "a tree by the gate";
const WRONG: Option<&str> = Some("another tree by it");
const HANA: &str = "hana@example.com";

/// Signs up with this address, and returns the sign-up's id with the code and the link's token from the newest mail.
async fn signed_up(world: &InMemory, email: &str) -> (ConfirmationId, String, String) {
    signed_up_with(world, email, PASSWORD).await
}

async fn signed_up_with(
    world: &InMemory,
    email: &str,
    password: &str,
) -> (ConfirmationId, String, String) {
    let typed = SignUp::parse(email, "Hana", password, 15).unwrap();
    let id = sign_up(&world.resources(), typed, &Client::default(), Language::En).await.unwrap();
    let (code, link) = mailed(world);
    (id, code, link)
}

/// A world with a pending sign-up.
async fn waiting() -> (InMemory, ConfirmationId, String, String) {
    let world = InMemory::default();
    let (id, code, link) = signed_up(&world, HANA).await;
    (world, id, code, link)
}

async fn resend(world: &InMemory, id: ConfirmationId) -> Result<(), ResendError> {
    world.forget_mail_limits();
    resend_confirmation(&world.resources(), id, &Email::parse(HANA).unwrap()).await
}

fn mailed(world: &InMemory) -> (String, String) {
    match world.mails().pop().map(|mail| mail.message) {
        Some(Message::Confirm { code, link }) => {
            (code.to_string(), link.split_once("link=").unwrap().1.to_owned())
        }
        other => panic!("no code was mailed: {other:?}"),
    }
}

async fn confirm(
    world: &InMemory,
    raw: &str,
    asked: &[ConfirmationId],
) -> Result<Confirmed, ConfirmError> {
    confirm_with(world, raw, asked, None).await
}

async fn confirm_with(
    world: &InMemory,
    raw: &str,
    asked: &[ConfirmationId],
    password: Option<&str>,
) -> Result<Confirmed, ConfirmError> {
    confirm_email(&world.resources(), typed(raw, asked, password), noon()).await
}

fn typed<'a>(raw: &str, asked: &'a [ConfirmationId], password: Option<&str>) -> Confirm<'a> {
    Confirm {
        email: Email::parse(HANA).unwrap(),
        proof: Proof::parse(raw).unwrap(),
        password: password.map(|raw| Password::parse_typed(raw).unwrap()),
        asked,
        client: Client::default(),
        presented: Presented::default(),
    }
}

fn other_than(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

async fn is_member(world: &InMemory) -> bool {
    let email = Email::parse(HANA).unwrap();
    world.resources().members.credentials(&email).await.unwrap().is_some()
}

#[test]
fn six_digits_with_a_full_stop_are_a_code() {
    assert!(matches!(Proof::parse("123456."), Some(Proof::Code(_))));
    assert!(matches!(Proof::parse(" abc.def "), Some(Proof::Link(token)) if token == "abc.def"));
    assert!(Proof::parse("12345").is_none());
}

#[tokio::test]
async fn the_right_code_signs_in_the_browser_that_asked_and_confirms_nothing_in_another() {
    let (world, id, code, _) = waiting().await;
    assert_matches!(confirm(&world, &code, &[]).await, Err(ConfirmError::Expired));
    assert_matches!(confirm(&world, &code, &[id]).await, Ok(Confirmed::SignedIn(..)));
}

#[tokio::test]
async fn a_confirmed_sign_up_ends_the_browsers_previous_session() {
    let (world, id, code, _) = waiting().await;
    let before = world.signed_in(Persistence::Browser).await;
    let confirm = Confirm {
        email: Email::parse(HANA).unwrap(),
        proof: Proof::parse(&code).unwrap(),
        password: None,
        asked: &[id],
        client: Client::default(),
        presented: before.presented(),
    };
    confirm_email(&world.resources(), confirm, noon()).await.unwrap();
    assert_eq!(world.ended(before.session_id), Some(EndReason::Logout));
}

#[tokio::test]
async fn a_mailbox_has_fifteen_tries_at_codes_over_all_its_sign_ups() {
    let world = InMemory::default();
    for _ in 0..3 {
        let (id, code, _) = signed_up(&world, "Hana@example.com").await;
        for _ in 0..5 {
            assert!(confirm(&world, other_than(&code), &[id]).await.is_err());
        }
    }
    world.forget_mail_limits();
    let (id, code, link) = signed_up(&world, HANA).await;
    assert_matches!(confirm(&world, &code, &[id]).await, Err(ConfirmError::TooManyTries));
    let refused = confirm_with(&world, &link, &[], WRONG).await;
    assert_matches!(refused, Err(ConfirmError::PasswordWrong));
    let confirmed = confirm_with(&world, &link, &[], Some(PASSWORD)).await;
    assert_matches!(confirmed, Ok(Confirmed::NotSignedIn));
}

#[tokio::test]
async fn a_sign_up_whose_mail_was_not_sent_leaves_the_newest_mail_valid() {
    let world = InMemory::default();
    let mut asked = Vec::new();
    for _ in 0..5 {
        asked.insert(0, signed_up(&world, HANA).await.0);
    }
    assert_eq!(world.mails().len(), 3);
    let (code, _) = mailed(&world);
    assert_matches!(confirm(&world, &code, &asked).await, Ok(Confirmed::SignedIn(..)));
}

#[tokio::test]
async fn a_browser_that_signed_up_two_addresses_can_confirm_both() {
    let (world, first, code, _) = waiting().await;
    let (second, ..) = signed_up(&world, "ken@example.com").await;
    let asked = [second, first];
    assert_matches!(confirm(&world, &code, &asked).await, Ok(Confirmed::SignedIn(..)));
    // `confirm` is for the first address, which has no pending sign-up any more.
    assert_matches!(confirm(&world, &code, &asked).await, Ok(Confirmed::Before));
}

#[tokio::test]
async fn valid_proofs_do_not_count_against_the_mailbox() {
    let world = InMemory::default();
    for _ in 0..20 {
        world.forget_mail_limits();
        let (id, code, _) = signed_up(&world, HANA).await;
        let confirmed = confirm(&world, &code, &[id]).await.unwrap();
        let Confirmed::SignedIn(logged_in) = confirmed else { panic!("{confirmed:?}") };
        let (id, resources) = (logged_in.tokens.member_id, world.resources());
        let hash = resources.members.credentials_of(id).await.unwrap().unwrap().password_hash;
        resources.authority.delete(id, &hash).await.unwrap();
    }
}

#[tokio::test]
async fn five_wrong_codes_void_the_right_one() {
    let (world, id, code, _) = waiting().await;
    for _ in 0..4 {
        assert_matches!(confirm(&world, other_than(&code), &[id]).await, Err(ConfirmError::Wrong));
    }
    for raw in [other_than(&code), &code] {
        assert_matches!(confirm(&world, raw, &[id]).await, Err(ConfirmError::TooManyTries));
    }
}

#[tokio::test]
async fn a_new_mail_voids_code_and_link_of_the_old_one_and_mails_are_bounded() {
    let (world, id, old_code, old_link) = waiting().await;
    resend(&world, id).await.unwrap();
    let (new_code, _) = mailed(&world);
    if old_code != new_code {
        assert!(confirm(&world, &old_code, &[id]).await.is_err());
    }
    for password in [None, Some(PASSWORD)] {
        let refused = confirm_with(&world, &old_link, &[id], password).await;
        assert_matches!(refused, Err(ConfirmError::OlderMail));
    }
    for _ in 2..MAILS_MAX {
        resend(&world, id).await.unwrap();
    }
    assert_matches!(resend(&world, id).await, Err(ResendError::Gone));
    let (newest, _) = mailed(&world);
    assert!(confirm(&world, &newest, &[id]).await.is_ok());
}

#[tokio::test]
async fn over_the_mailboxs_limit_no_new_code_is_sent_and_the_old_one_stays_valid() {
    let (world, id, ..) = waiting().await;
    let email = Email::parse(HANA).unwrap();
    for _ in 0..4 {
        resend_confirmation(&world.resources(), id, &email).await.unwrap();
    }
    assert_eq!(world.mails().len(), 3);
    let (newest, _) = mailed(&world);
    assert!(confirm(&world, &newest, &[id]).await.is_ok());
}

#[tokio::test]
async fn confirming_again_says_that_the_address_is_confirmed() {
    let (world, id, code, link) = waiting().await;
    confirm(&world, &code, &[id]).await.unwrap();
    // With and without the browser's record.
    for asked in [&[id][..], &[]] {
        for raw in [&code, &link] {
            assert_matches!(confirm(&world, raw, asked).await, Ok(Confirmed::Before), "{raw}");
        }
        let wrong = confirm(&world, other_than(&code), asked).await;
        assert_matches!(wrong, Err(ConfirmError::Expired));
    }
    // The next day only a mail's link still says so.
    world.pass(std::time::Duration::from_secs(24 * 3600));
    assert_matches!(confirm(&world, &link, &[]).await, Ok(Confirmed::Before));
    assert_matches!(confirm(&world, &code, &[]).await, Err(ConfirmError::Expired));
}

#[tokio::test]
async fn guesses_at_a_confirmed_address_are_bounded() {
    let (world, id, code, _) = waiting().await;
    confirm(&world, &code, &[id]).await.unwrap();
    for _ in 0..15 {
        assert!(confirm(&world, other_than(&code), &[]).await.is_err());
    }
    assert_matches!(confirm(&world, &code, &[]).await, Err(ConfirmError::Expired));
}

#[tokio::test]
async fn after_two_sign_ups_in_one_browser_the_first_code_is_reported_as_the_older_one() {
    let (world, one, first, first_link) = waiting().await;
    let (two, second, _) = signed_up(&world, HANA).await;
    let asked = [two, one];
    if first != second {
        assert_matches!(confirm(&world, &first, &asked).await, Err(ConfirmError::OlderMail));
    }
    // The first link belongs to a sign-up of this browser, too.
    assert_matches!(confirm(&world, &first_link, &asked).await, Ok(Confirmed::SignedIn(..)));
}

#[tokio::test]
async fn proving_an_address_voids_its_other_sign_ups() {
    let (world, one, first, _) = waiting().await;
    let (two, second, second_link) = signed_up(&world, "Hana@example.com").await;
    let (others, ..) = signed_up(&world, "ken@example.com").await;
    assert_matches!(confirm(&world, &first, &[one]).await, Ok(Confirmed::SignedIn(..)));
    let confirmations = world.resources().confirmations;
    assert!(confirmations.find(two).await.unwrap().is_none());
    assert!(confirmations.find(others).await.unwrap().is_some());
    // A browser with the other mail is told that the address is confirmed.
    for raw in [&second, &second_link] {
        assert_matches!(confirm(&world, raw, &[two]).await, Ok(Confirmed::Before), "{raw}");
    }
}

#[tokio::test]
async fn a_confirmed_member_who_cannot_be_signed_in_stays_a_member() {
    let (world, id, code, _) = waiting().await;
    world.break_live_sessions();
    assert_matches!(confirm(&world, &code, &[id]).await, Ok(Confirmed::NotSignedIn));
}

#[tokio::test]
async fn a_session_goes_on_if_that_of_the_new_member_cannot_begin() {
    let (world, id, code, _) = waiting().await;
    let before = world.signed_in(Persistence::Browser).await;
    world.break_live_sessions();
    let asked = [id];
    let confirm = Confirm { presented: before.presented(), ..typed(&code, &asked, None) };
    let confirmed = confirm_email(&world.resources(), confirm, noon()).await;
    assert_matches!(confirmed, Ok(Confirmed::NotSignedIn));
    assert_eq!(world.ended(before.session_id), None);
}

#[tokio::test]
async fn a_failed_database_is_not_reported_as_a_wrong_code() {
    let (world, id, code, link) = waiting().await;
    world.break_database();
    for raw in [&code, &link] {
        for asked in [&[id][..], &[]] {
            assert_matches!(confirm(&world, raw, asked).await, Err(ConfirmError::Store(_)));
        }
    }
}

mod links;
