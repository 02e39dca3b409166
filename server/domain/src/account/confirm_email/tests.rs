use super::*;
use crate::{
    account::{
        confirmation::MAILS_MAX,
        member::Language,
        resend_confirmation::{ResendError, resend_confirmation},
        sign_up::{SignUp, sign_up},
    },
    mail::Message,
    memory::{InMemory, noon},
    session::EndReason,
};

const PASSWORD: &str = "a tree by the gate";
const HANA: &str = "hana@example.com";

async fn signed_up(world: &InMemory, email: &str) -> ConfirmationId {
    signed_up_with(world, email, PASSWORD).await
}

async fn signed_up_with(world: &InMemory, email: &str, password: &str) -> ConfirmationId {
    let typed = SignUp::parse(email, "Hana", password, 15).unwrap();
    sign_up(&world.resources(), typed, &Client::default(), Language::En).await.unwrap()
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
    let confirm = Confirm {
        email: Email::parse(HANA).unwrap(),
        proof: Proof::parse(raw).unwrap(),
        password: password.map(|raw| Password::parse_typed(raw).unwrap()),
        asked,
        client: Client::default(),
        presented: Presented::default(),
    };
    confirm_email(&world.resources(), confirm, noon()).await
}

fn other_than(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

async fn is_member(world: &InMemory) -> bool {
    let email = Email::parse(HANA).unwrap();
    world.resources().members.credentials(&email).await.unwrap().is_some()
}

#[test]
fn six_digits_are_a_code_also_with_a_full_stop() {
    assert!(matches!(Proof::parse("123456."), Some(Proof::Code(_))));
    assert!(matches!(Proof::parse(" abc.def "), Some(Proof::Link(token)) if token == "abc.def"));
    assert!(Proof::parse("12345").is_none());
}

#[tokio::test]
async fn the_right_code_in_the_browser_that_asked_signs_in() {
    let world = InMemory::default();
    let id = signed_up(&world, HANA).await;
    let (code, _) = mailed(&world);
    let confirmed = confirm(&world, &code, &[id]).await.unwrap();
    assert!(matches!(confirmed, Confirmed::SignedIn(..)), "{confirmed:?}");
}

#[tokio::test]
async fn a_confirmed_sign_up_ends_the_session_whose_cookies_came_along() {
    let world = InMemory::default();
    let before = world.signed_in(Persistence::Browser).await;
    let id = signed_up(&world, HANA).await;
    let (code, _) = mailed(&world);
    let confirm = Confirm {
        email: Email::parse(HANA).unwrap(),
        proof: Proof::parse(&code).unwrap(),
        password: None,
        asked: &[id],
        client: Client::default(),
        presented: before.presented(),
    };
    confirm_email(&world.resources(), confirm, noon()).await.unwrap();
    let row = world.session().rows.find(before.session_id).await.unwrap().unwrap();
    assert_eq!(row.ended(), Some(EndReason::Logout));
}

#[tokio::test]
async fn the_right_code_in_another_browser_confirms_nothing() {
    let world = InMemory::default();
    signed_up(&world, HANA).await;
    let (code, _) = mailed(&world);
    let refused = confirm(&world, &code, &[]).await;
    assert!(matches!(refused, Err(ConfirmError::Expired)), "{refused:?}");
}

#[tokio::test]
async fn the_link_needs_no_password_in_the_browser_that_asked_and_signs_it_in() {
    let world = InMemory::default();
    let id = signed_up(&world, HANA).await;
    let (_, link) = mailed(&world);
    let confirmed = confirm(&world, &link, &[id]).await.unwrap();
    assert!(matches!(confirmed, Confirmed::SignedIn(..)), "{confirmed:?}");
}

#[tokio::test]
async fn the_link_confirms_in_another_browser_only_with_the_password_and_signs_nobody_in() {
    let world = InMemory::default();
    signed_up(&world, HANA).await;
    let (_, link) = mailed(&world);
    let other = ConfirmationId::random();
    for asked in [&[][..], &[other]] {
        let refused = confirm(&world, &link, asked).await;
        assert!(matches!(refused, Err(ConfirmError::PasswordRequired)), "{refused:?}");
        let refused = confirm_with(&world, &link, asked, Some("another tree by it")).await;
        assert!(matches!(refused, Err(ConfirmError::PasswordWrong)), "{refused:?}");
    }
    assert!(!is_member(&world).await);
    let confirmed = confirm_with(&world, &link, &[], Some(PASSWORD)).await.unwrap();
    assert!(matches!(confirmed, Confirmed::NotSignedIn), "{confirmed:?}");
    assert!(is_member(&world).await);
}

#[tokio::test]
async fn a_stranger_who_opens_the_link_does_not_make_the_attackers_password_good() {
    let world = InMemory::default();
    // The owner signs up, and somebody else a moment later with the same address.
    let owners = signed_up_with(&world, HANA, "what the owner chose").await;
    let (owners_code, _) = mailed(&world);
    signed_up_with(&world, HANA, "what a stranger chose").await;
    let (strangers_code, strangers_link) = mailed(&world);

    let own = Some("what the owner chose");
    let refused = confirm_with(&world, &strangers_link, &[owners], own).await;
    assert!(matches!(refused, Err(ConfirmError::PasswordWrong)), "{refused:?}");
    if strangers_code != owners_code {
        let refused = confirm(&world, &strangers_code, &[owners]).await;
        assert!(matches!(refused, Err(ConfirmError::Wrong)), "{refused:?}");
    }
    let confirmed = confirm(&world, &owners_code, &[owners]).await.unwrap();
    assert!(matches!(confirmed, Confirmed::SignedIn(..)), "{confirmed:?}");
    let kept = world.resources().members.credentials(&Email::parse(HANA).unwrap()).await.unwrap();
    let verified = world
        .resources()
        .hasher
        .verify(
            &Password::parse_typed("what the owner chose").unwrap(),
            Some(&kept.unwrap().password_hash),
            &Asker::stranger(&Client::default()),
        )
        .await
        .unwrap();
    assert!(matches!(verified, Verified::Right { .. }));
}

#[tokio::test]
async fn the_password_beside_a_link_is_tried_as_often_as_a_code() {
    let world = InMemory::default();
    let id = signed_up(&world, HANA).await;
    let (code, link) = mailed(&world);
    for _ in 0..5 {
        let refused = confirm_with(&world, &link, &[], Some("another tree by it")).await;
        assert!(matches!(refused, Err(ConfirmError::PasswordWrong)), "{refused:?}");
    }
    let refused = confirm_with(&world, &link, &[], Some(PASSWORD)).await;
    assert!(matches!(refused, Err(ConfirmError::PasswordTooManyTries)), "{refused:?}");
    // They are the same tries.
    let refused = confirm(&world, &code, &[id]).await;
    assert!(matches!(refused, Err(ConfirmError::TooManyTries)), "{refused:?}");
    assert!(confirm(&world, &link, &[id]).await.is_ok(), "the link is good where it was asked for");
}

#[tokio::test]
async fn a_mailbox_has_fifteen_tries_over_all_its_sign_ups_and_then_only_the_link() {
    let world = InMemory::default();
    for _ in 0..3 {
        let id = signed_up(&world, "Hana@example.com").await;
        let (code, _) = mailed(&world);
        for _ in 0..5 {
            assert!(confirm(&world, other_than(&code), &[id]).await.is_err());
        }
    }
    world.forget_mail_limits();
    let id = signed_up(&world, HANA).await;
    let (code, link) = mailed(&world);
    let refused = confirm(&world, &code, &[id]).await;
    assert!(matches!(refused, Err(ConfirmError::TooManyTries)), "{refused:?}");
    let refused = confirm_with(&world, &link, &[], Some("another tree by it")).await;
    assert!(matches!(refused, Err(ConfirmError::PasswordWrong)), "{refused:?}");
    let confirmed = confirm_with(&world, &link, &[], Some(PASSWORD)).await.unwrap();
    assert!(matches!(confirmed, Confirmed::NotSignedIn), "{confirmed:?}");
}

#[tokio::test]
async fn a_sign_up_that_is_not_mailed_leaves_the_newest_mail_its_worth() {
    let world = InMemory::default();
    let mut asked = Vec::new();
    for _ in 0..5 {
        asked.insert(0, signed_up(&world, HANA).await);
    }
    assert_eq!(world.mails().len(), 3);
    let (code, _) = mailed(&world);
    let confirmed = confirm(&world, &code, &asked).await.unwrap();
    assert!(matches!(confirmed, Confirmed::SignedIn(..)), "{confirmed:?}");
}

#[tokio::test]
async fn a_browser_that_signed_up_two_addresses_can_confirm_both() {
    let world = InMemory::default();
    let first = signed_up(&world, HANA).await;
    let (code, _) = mailed(&world);
    let second = signed_up(&world, "ken@example.com").await;
    let asked = [second, first];
    let confirmed = confirm(&world, &code, &asked).await.unwrap();
    assert!(matches!(confirmed, Confirmed::SignedIn(..)), "{confirmed:?}");
    // `confirm` is about the first address, at which nothing waits any longer.
    let again = confirm(&world, &code, &asked).await.unwrap();
    assert!(matches!(again, Confirmed::Before), "{again:?}");
}

#[tokio::test]
async fn right_proofs_do_not_count_against_the_mailbox() {
    let world = InMemory::default();
    for _ in 0..20 {
        world.forget_mail_limits();
        let id = signed_up(&world, HANA).await;
        let (code, _) = mailed(&world);
        let confirmed = confirm(&world, &code, &[id]).await.unwrap();
        let Confirmed::SignedIn(logged_in) = confirmed else { panic!("{confirmed:?}") };
        let id = logged_in.tokens.member_id;
        let hash =
            world.resources().members.credentials_of(id).await.unwrap().unwrap().password_hash;
        world.resources().authority.delete(id, &hash).await.unwrap();
    }
}

#[tokio::test]
async fn five_wrong_codes_void_the_right_one() {
    let world = InMemory::default();
    let id = signed_up(&world, HANA).await;
    let (code, _) = mailed(&world);
    for _ in 0..4 {
        let refused = confirm(&world, other_than(&code), &[id]).await;
        assert!(matches!(refused, Err(ConfirmError::Wrong)), "{refused:?}");
    }
    for raw in [other_than(&code), &code] {
        let refused = confirm(&world, raw, &[id]).await;
        assert!(matches!(refused, Err(ConfirmError::TooManyTries)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_new_mail_voids_code_and_link_of_the_old_one_and_mails_are_bounded() {
    let world = InMemory::default();
    let id = signed_up(&world, HANA).await;
    let (old_code, old_link) = mailed(&world);
    resend(&world, id).await.unwrap();
    let (new_code, _) = mailed(&world);
    if old_code != new_code {
        assert!(confirm(&world, &old_code, &[id]).await.is_err());
    }
    for password in [None, Some(PASSWORD)] {
        let refused = confirm_with(&world, &old_link, &[id], password).await;
        assert!(matches!(refused, Err(ConfirmError::OlderMail)), "{refused:?}");
    }
    for _ in 2..MAILS_MAX {
        resend(&world, id).await.unwrap();
    }
    let refused = resend(&world, id).await;
    assert!(matches!(refused, Err(ResendError::Gone)), "{refused:?}");
    let (newest, _) = mailed(&world);
    assert!(confirm(&world, &newest, &[id]).await.is_ok());
}

#[tokio::test]
async fn a_link_that_has_expired_stays_so_after_a_new_mail() {
    let world = InMemory::default();
    let id = signed_up(&world, HANA).await;
    let (_, old) = mailed(&world);
    world.pass(crate::account::confirmation::CODE_LIFETIME);
    let refused = confirm(&world, &old, &[id]).await;
    assert!(matches!(refused, Err(ConfirmError::Expired)), "{refused:?}");
    resend(&world, id).await.unwrap();
    assert!(confirm(&world, &old, &[id]).await.is_err());
    assert!(!is_member(&world).await);
}

#[tokio::test]
async fn over_the_mailboxs_limit_no_new_code_is_sent_and_the_old_one_stays_good() {
    let world = InMemory::default();
    let id = signed_up(&world, HANA).await;
    let email = Email::parse(HANA).unwrap();
    for _ in 0..4 {
        resend_confirmation(&world.resources(), id, &email).await.unwrap();
    }
    assert_eq!(world.mails().len(), 3);
    let (newest, _) = mailed(&world);
    assert!(confirm(&world, &newest, &[id]).await.is_ok());
}

#[tokio::test]
async fn confirming_twice_says_that_it_is_confirmed() {
    let world = InMemory::default();
    let id = signed_up(&world, HANA).await;
    let (code, link) = mailed(&world);
    confirm(&world, &code, &[id]).await.unwrap();
    // With and without what the browser remembered.
    for asked in [&[id][..], &[]] {
        for raw in [&code, &link] {
            let again = confirm(&world, raw, asked).await;
            assert!(matches!(again, Ok(Confirmed::Before)), "{raw}: {again:?}");
        }
        let wrong = confirm(&world, other_than(&code), asked).await;
        assert!(matches!(wrong, Err(ConfirmError::Expired)), "{wrong:?}");
    }
    // The next day a mail's link says so, and a code nothing more.
    world.pass(std::time::Duration::from_secs(24 * 3600));
    assert!(matches!(confirm(&world, &link, &[]).await, Ok(Confirmed::Before)));
    assert!(matches!(confirm(&world, &code, &[]).await, Err(ConfirmError::Expired)));
}

#[tokio::test]
async fn who_guesses_at_a_confirmed_address_is_bounded_as_before() {
    let world = InMemory::default();
    let id = signed_up(&world, HANA).await;
    let (code, _) = mailed(&world);
    confirm(&world, &code, &[id]).await.unwrap();
    for _ in 0..15 {
        assert!(confirm(&world, other_than(&code), &[]).await.is_err());
    }
    let refused = confirm(&world, &code, &[]).await;
    assert!(matches!(refused, Err(ConfirmError::Expired)), "{refused:?}");
}

#[tokio::test]
async fn of_two_sign_ups_in_one_browser_the_first_mails_code_is_called_the_older_one() {
    let world = InMemory::default();
    let one = signed_up(&world, HANA).await;
    let (first, first_link) = mailed(&world);
    let two = signed_up(&world, HANA).await;
    let (second, _) = mailed(&world);
    if first != second {
        let refused = confirm(&world, &first, &[two, one]).await;
        assert!(matches!(refused, Err(ConfirmError::OlderMail)), "{refused:?}");
    }
    // The first link belongs to a sign-up of this browser, too.
    let confirmed = confirm(&world, &first_link, &[two, one]).await.unwrap();
    assert!(matches!(confirmed, Confirmed::SignedIn(..)), "{confirmed:?}");
}

#[tokio::test]
async fn proving_an_address_voids_its_other_sign_ups() {
    let world = InMemory::default();
    let one = signed_up(&world, HANA).await;
    let (first, _) = mailed(&world);
    let two = signed_up(&world, "Hana@example.com").await;
    let (second, second_link) = mailed(&world);
    let others = signed_up(&world, "ken@example.com").await;
    assert!(matches!(confirm(&world, &first, &[one]).await, Ok(Confirmed::SignedIn(..))));
    assert!(world.resources().confirmations.find(two).await.unwrap().is_none());
    assert!(world.resources().confirmations.find(others).await.unwrap().is_some());
    // Whoever holds its mail is told that the address is confirmed.
    for raw in [&second, &second_link] {
        assert!(matches!(confirm(&world, raw, &[two]).await, Ok(Confirmed::Before)), "{raw}");
    }
}

#[tokio::test]
async fn a_member_who_cannot_be_signed_in_now_is_a_member_all_the_same() {
    let world = InMemory::default();
    let id = signed_up(&world, HANA).await;
    let (code, _) = mailed(&world);
    world.break_live_sessions();
    let confirmed = confirm(&world, &code, &[id]).await.unwrap();
    assert!(matches!(confirmed, Confirmed::NotSignedIn), "{confirmed:?}");
}

#[tokio::test]
async fn a_failed_database_is_no_wrong_code() {
    let world = InMemory::default();
    let id = signed_up(&world, HANA).await;
    let (code, link) = mailed(&world);
    world.break_database();
    for raw in [&code, &link] {
        for asked in [&[id][..], &[]] {
            let refused = confirm(&world, raw, asked).await;
            assert!(matches!(refused, Err(ConfirmError::Store(_))), "{refused:?}");
        }
    }
}
