//! Proof by the mailed code, in a browser that asked for the sign-up.

use super::{ConfirmError, Proven};
use crate::{
    Resources, StoreError,
    account::{
        confirmation::{CODE_TRIES, Code, Confirmation, ConfirmationId},
        email::Email,
    },
    limits::Limit,
};

/// Verifies a code for the newest sign-up with this address that this browser remembers.
pub(super) async fn verify(
    resources: &Resources,
    email: &Email,
    code: &Code,
    asked: &[ConfirmationId],
) -> Result<Proven, ConfirmError> {
    let mut others_wait = false;
    for (place, id) in asked.iter().enumerate() {
        match resources.confirmations.find(*id).await? {
            Some(waiting) if waiting.email.is_same_as(email) => {
                if let Some(confirmation) = resources.confirmations.spend_try(*id).await? {
                    return try_code(resources, code, confirmation, &asked[place + 1..]).await;
                }
                // Otherwise a second press of the button has just completed it.
                if resources.confirmations.find(*id).await?.is_some() {
                    return Err(ConfirmError::TooManyTries);
                }
            }
            Some(_) => others_wait = true,
            // Completed, expired, or never mailed because the mailbox had received too many.
            None => {}
        }
    }
    match verify_completed(resources, email, code).await {
        Err(ConfirmError::Expired) if others_wait => Err(ConfirmError::Wrong),
        verified => verified,
    }
}

/// Compares the code with that of a sign-up whose try has been counted. `older`: this browser's earlier sign-ups.
async fn try_code(
    resources: &Resources,
    code: &Code,
    confirmation: Confirmation,
    older: &[ConfirmationId],
) -> Result<Proven, ConfirmError> {
    debug_assert!(confirmation.tries_left < CODE_TRIES, "a spent try is counted");
    let mailbox = confirmation.email.mailbox();
    if resources.limits.take(Limit::ProofsOfMailbox, &mailbox).await.is_err() {
        return Err(ConfirmError::TooManyTries);
    }
    if code.matches(&resources.keys, confirmation.id, &confirmation.code) {
        resources.limits.give_back(Limit::ProofsOfMailbox, &mailbox).await;
        return Ok(Proven::Waiting(confirmation));
    }
    if is_of_older_mail(resources, code, older).await? {
        return Err(ConfirmError::OlderMail);
    }
    Err(if confirmation.tries_left == 0 { ConfirmError::TooManyTries } else { ConfirmError::Wrong })
}

/// Returns whether the code is that of an earlier sign-up of this browser.
async fn is_of_older_mail(
    resources: &Resources,
    code: &Code,
    older: &[ConfirmationId],
) -> Result<bool, StoreError> {
    for id in older {
        let found = resources.confirmations.find(*id).await?;
        if found.is_some_and(|it| code.matches(&resources.keys, it.id, &it.code)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Verifies the code of a sign-up that is already completed: the button was pressed twice, or the first response was
/// lost, and with it what this browser remembered.
async fn verify_completed(
    resources: &Resources,
    email: &Email,
    code: &Code,
) -> Result<Proven, ConfirmError> {
    let completed = resources.confirmations.completed_lately(email).await?;
    let mailbox = email.mailbox();
    // Otherwise guesses would reveal which addresses have just become members.
    if completed.is_empty()
        || resources.limits.take(Limit::ProofsOfMailbox, &mailbox).await.is_err()
        || !completed.iter().any(|it| code.matches(&resources.keys, it.id, &it.code))
    {
        return Err(ConfirmError::Expired);
    }
    resources.limits.give_back(Limit::ProofsOfMailbox, &mailbox).await;
    Ok(Proven::Before)
}
