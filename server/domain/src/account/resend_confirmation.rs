//! A new code for a sign-up that waits, in the browser that asked for it. The old code is then invalid.

use crate::{
    Resources, StoreError,
    account::{
        confirmation::{Code, Confirmation, ConfirmationId, Link},
        email::Email,
        sign_up::mail_for,
    },
    mail::{
        counted::{may_mail, send_counted},
        ports::MailError,
    },
};

/// Reason why no new code was sent.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// Unknown, expired, or no mail left: only a new sign-up helps.
    #[error("the sign-up no longer waits")]
    Gone,
    /// A store is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The mail could not be sent.
    #[error(transparent)]
    Mail(#[from] MailError),
}

/// Sends a new code to the address of a sign-up, unless the mailbox has received too many mails: then the current one
/// stays valid.
///
/// # Errors
/// [`ResendError`]
pub async fn resend_confirmation(
    resources: &Resources,
    id: ConfirmationId,
    email: &Email,
) -> Result<(), ResendError> {
    if !may_mail(resources, email).await {
        return Ok(());
    }
    let code = Code::random();
    let renewed = resources.confirmations.renew(id, &code.hash(&resources.keys, id)).await?;
    let Confirmation { email, locale, mail, .. } = renewed.ok_or(ResendError::Gone)?;
    let mail = mail_for(resources, email, locale, Link { id, mail }, &code).await?;
    send_counted(resources, &mail).await?;
    Ok(())
}
