//! Proofs by the link of a mail.

use super::*;

#[tokio::test]
async fn the_link_needs_no_password_in_the_browser_that_asked_and_signs_it_in() {
    let (world, id, _, link) = waiting().await;
    assert_matches!(confirm(&world, &link, &[id]).await, Ok(Confirmed::SignedIn(..)));
}

#[tokio::test]
async fn the_link_in_another_browser_needs_the_password_and_signs_nobody_in() {
    let (world, _, _, link) = waiting().await;
    for asked in [&[][..], &[ConfirmationId::random()]] {
        assert_matches!(confirm(&world, &link, asked).await, Err(ConfirmError::PasswordRequired));
        let refused = confirm_with(&world, &link, asked, WRONG).await;
        assert_matches!(refused, Err(ConfirmError::PasswordWrong));
    }
    assert!(!is_member(&world).await);
    let confirmed = confirm_with(&world, &link, &[], Some(PASSWORD)).await;
    assert_matches!(confirmed, Ok(Confirmed::NotSignedIn));
    assert!(is_member(&world).await);
}

#[tokio::test]
async fn opening_the_link_does_not_accept_an_attackers_password() {
    let world = InMemory::default();
    // The owner signs up, and a moment later an attacker with the same address.
    let own = "what the owner chose";
    let (owners, owners_code, _) = signed_up_with(&world, HANA, own).await;
    let (_, strangers_code, strangers_link) =
        signed_up_with(&world, HANA, "what a stranger chose").await;

    let refused = confirm_with(&world, &strangers_link, &[owners], Some(own)).await;
    assert_matches!(refused, Err(ConfirmError::PasswordWrong));
    if strangers_code != owners_code {
        let refused = confirm(&world, &strangers_code, &[owners]).await;
        assert_matches!(refused, Err(ConfirmError::Wrong));
    }
    assert_matches!(confirm(&world, &owners_code, &[owners]).await, Ok(Confirmed::SignedIn(..)));
    let resources = world.resources();
    let kept = resources.members.credentials(&Email::parse(HANA).unwrap()).await.unwrap();
    let (typed, kept) = (Password::parse_typed(own).unwrap(), kept.unwrap().password_hash);
    let asker = Asker::stranger(&Client::default());
    let verified = resources.hasher.verify(&typed, Some(&kept), &asker).await;
    assert_matches!(verified, Ok(Verified::Right { .. }));
}

#[tokio::test]
async fn password_tries_at_a_link_have_the_same_bound_as_code_tries() {
    let (world, id, code, link) = waiting().await;
    for _ in 0..5 {
        let refused = confirm_with(&world, &link, &[], WRONG).await;
        assert_matches!(refused, Err(ConfirmError::PasswordWrong));
    }
    let refused = confirm_with(&world, &link, &[], Some(PASSWORD)).await;
    assert_matches!(refused, Err(ConfirmError::PasswordTooManyTries));
    // Both use up the same tries.
    assert_matches!(confirm(&world, &code, &[id]).await, Err(ConfirmError::TooManyTries));
    assert!(confirm(&world, &link, &[id]).await.is_ok(), "the link is good where it was asked for");
}

#[tokio::test]
async fn code_and_link_expire_and_a_new_mail_revives_no_old_link() {
    let (world, id, code, old) = waiting().await;
    world.pass(CODE_LIFETIME);
    for raw in [&code, &old] {
        assert_matches!(confirm(&world, raw, &[id]).await, Err(ConfirmError::Expired), "{raw}");
    }
    resend(&world, id).await.unwrap();
    assert!(confirm(&world, &old, &[id]).await.is_err());
    assert!(!is_member(&world).await);
}
