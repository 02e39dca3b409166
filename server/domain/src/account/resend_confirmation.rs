//! A new code for a sign-up that waits, in the browser that asked for it. The old code is then invalid.

use crate::{
    Resources, StoreError,
    account::{
        confirmation::{Code, Confirmation, ConfirmationId, Link},
        email::Email,
        sign_up::mail_for,
    },
    mail::{
        counted::{counted, may_mail},
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
    let sending = async {
        let code = Code::random();
        let renewed = resources.confirmations.renew(id, &code.hash(&resources.keys, id)).await?;
        let Confirmation { email, locale, mail, .. } = renewed.ok_or(ResendError::Gone)?;
        let mail = mail_for(resources, email, locale, Link { id, mail }, &code).await?;
        resources.mailer.send(&mail).await?;
        Ok(())
    };
    counted(resources, email, sending).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::{
            member::Language,
            sign_up::{SignUp, sign_up},
        },
        memory::InMemory,
        session::Client,
    };

    const HANA: &str = "hana@example.com";

    async fn signed_up(world: &InMemory) -> ConfirmationId {
        let typed = SignUp::parse(HANA, "Hana", "a tree by the gate", 15).unwrap();
        sign_up(&world.resources(), typed, &Client::default(), Language::En).await.unwrap()
    }

    async fn resend(world: &InMemory, id: ConfirmationId) -> Result<(), ResendError> {
        resend_confirmation(&world.resources(), id, &Email::parse(HANA).unwrap()).await
    }

    #[tokio::test]
    async fn a_sign_up_that_no_longer_waits_counts_no_mail() {
        let world = InMemory::default();
        for _ in 0..9 {
            assert_matches!(resend(&world, ConfirmationId::random()).await, Err(ResendError::Gone));
        }
        signed_up(&world).await;
        assert_eq!(world.mails().len(), 1);
    }

    #[tokio::test]
    async fn a_failed_store_or_mail_server_counts_no_mail() {
        let world = InMemory::default();
        let id = signed_up(&world).await;
        world.break_database();
        for _ in 0..9 {
            assert_matches!(resend(&world, id).await, Err(ResendError::Store(_)));
        }
        world.mend_database();
        world.break_mailer();
        assert_matches!(resend(&world, id).await, Err(ResendError::Mail(_)));
        world.mend_mailer();
        resend(&world, id).await.unwrap();
        assert_eq!(world.mails().len(), 2);
    }
}
