//! A new code for a sign-up that waits, in the browser that asked. The old code is void from then on.

use crate::{
    confirmation::{Code, Confirmation, ConfirmationId},
    ports::{MailError, Ports, StoreError},
    sign_up::mail_for,
};

/// Why no new code was sent.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// Unknown, expired, or no mail left: only a new sign-up helps.
    #[error("the sign-up does not wait any more")]
    Gone,
    /// A store could not say.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The mail was not taken.
    #[error(transparent)]
    Mail(#[from] MailError),
}

/// Sends a new code.
///
/// # Errors
/// [`ResendError`]
pub async fn resend_confirmation(ports: &Ports, id: ConfirmationId) -> Result<(), ResendError> {
    let code = Code::random();
    let renewed = ports.confirmations.renew(id, &code.hash(&ports.keys, id)).await?;
    let confirmation = renewed.ok_or(ResendError::Gone)?;
    let Confirmation { email, locale, .. } = confirmation;
    ports.mailer.send(&mail_for(ports, email, locale, id, &code).await?).await?;
    Ok(())
}
