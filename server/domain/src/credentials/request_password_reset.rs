//! A forgotten password: mails the member a link to choose a new one. The response and its time are the same whether or
//! not the address is known (OWASP ASVS 6.3.8): the rest happens after it.

use zeroize::Zeroizing;

use crate::{
    Resources, StoreError,
    account::{email::Email, ports::Credentials},
    causes,
    credentials::password_reset::ResetToken,
    mail::{
        Mail, Message,
        counted::{counted, give_back_mail, may_mail},
        outbox::{NotSent, OutboxFull},
    },
};

/// Reason why nothing was started. No variant depends on the address.
#[derive(Debug, thiserror::Error)]
pub enum RequestResetError {
    /// Too many mails are waiting. Try again in a few seconds.
    #[error(transparent)]
    Full(#[from] OutboxFull),
    /// The database is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sends a link in the background, if a member has this address and the mailbox has not received too many mails. It
/// replaces the member's older link.
///
/// # Errors
/// [`RequestResetError`]
pub async fn request_password_reset(
    resources: &Resources,
    email: &Email,
) -> Result<(), RequestResetError> {
    let place = resources.outbox.place()?;
    let known = resources.members.credentials(email).await?;
    // An unknown address counts as well: a count that depended on the address would show in a sign-up that follows.
    let is_due = may_mail(resources, email).await;
    let resources = resources.clone();
    place.put(async move {
        if let Some(member) = known.filter(|_| is_due) {
            send(&resources, member).await;
        }
    });
    Ok(())
}

async fn send(resources: &Resources, member: Credentials) {
    let (id, to) = (member.member_id, member.email.clone());
    if let Err(error) = counted(resources, &to, keep_and_mail(resources, member)).await {
        tracing::error!(member.id = %id, error = %causes(&*error), "password_reset.not_sent");
    }
}

async fn keep_and_mail(resources: &Resources, member: Credentials) -> Result<(), NotSent> {
    let token = ResetToken::random();
    if !resources.password_resets.put(member.member_id, &token.hash(&resources.keys)).await? {
        // Deleted meanwhile.
        give_back_mail(resources, &member.email).await;
        return Ok(());
    }
    let link = Zeroizing::new(format!("{}/reset?token={}", resources.public_url, *token.expose()));
    let message = Message::PasswordReset { link };
    let mail = Mail { to: member.email, locale: member.locale, message };
    Ok(resources.mailer.send(&mail).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::member::{DisplayName, Language, Profile},
        credentials::password_reset::find_reset,
        limits::Limit,
        mail::outbox::WAITING_MAX,
        memory::{InMemory, mailed_reset_tokens},
    };

    const HANA: &str = "hana@example.com";

    async fn world_with_hana() -> InMemory {
        let world = InMemory::default();
        world.add_member(HANA, "a tree by the gate").await;
        world
    }

    async fn request(world: &InMemory, email: &str) -> Result<(), RequestResetError> {
        request_password_reset(&world.resources(), &Email::parse(email).unwrap()).await
    }

    #[tokio::test]
    async fn only_a_member_is_mailed_a_reset_link_in_their_language() {
        let world = InMemory::default();
        let hana = world.add_member(HANA, "a tree by the gate").await;
        let profile = Profile::of_sign_up(DisplayName::parse("花").unwrap(), Language::Ja);
        world.resources().members.update_profile(hana, &profile).await.unwrap();
        for email in ["ken@example.com", "Hana@Example.com"] {
            request(&world, email).await.unwrap();
        }
        let mails = world.mails_sent().await;
        let sent: Vec<_> = mails.iter().map(|mail| (mail.to.as_str(), mail.locale)).collect();
        assert_eq!(sent, [(HANA, Language::Ja)]);
        let token = mailed_reset_tokens(&mails).pop().unwrap();
        let found = find_reset(&world.resources(), &token).await.unwrap().unwrap();
        assert_eq!(found.credentials.email.as_str(), HANA);
    }

    #[tokio::test]
    async fn over_the_limit_of_the_mailbox_the_answer_is_the_same_and_nothing_is_sent() {
        let world = world_with_hana().await;
        for email in ["ken@example.com", HANA, "HANA@example.com"] {
            for _ in 0..3 {
                request(&world, email).await.unwrap();
            }
        }
        assert_eq!(world.mails_sent().await.len(), 3);
        world.pass(Limit::MailsToMailbox.rate().every);
        request(&world, HANA).await.unwrap();
        assert_eq!(world.mails_sent().await.len(), 4);
    }

    #[tokio::test]
    async fn an_unknown_address_counts_like_a_known_one() {
        let world = world_with_hana().await;
        for email in ["ken@example.com", HANA] {
            for _ in 0..3 {
                request(&world, email).await.unwrap();
            }
            world.mails_sent().await;
            let mailbox = Email::parse(email).unwrap().mailbox();
            let limits = world.resources().limits;
            assert!(limits.is_used_up(Limit::MailsToMailbox, &mailbox).await, "{email}");
        }
    }

    #[tokio::test]
    async fn a_full_outbox_refuses_known_and_unknown_addresses_alike() {
        let world = world_with_hana().await;
        let outbox = world.resources().outbox;
        let places: Vec<_> = (0..WAITING_MAX).map(|_| outbox.place().unwrap()).collect();
        for email in ["ken@example.com", HANA] {
            let refused = request(&world, email).await;
            assert!(matches!(refused, Err(RequestResetError::Full(_))), "{refused:?}");
        }
        drop(places);
        request(&world, HANA).await.unwrap();
        assert_eq!(world.mails_sent().await.len(), 1, "a refused request counts as no mail");
    }

    #[tokio::test]
    async fn a_failed_database_is_an_error_and_does_not_count_as_a_mail() {
        let world = world_with_hana().await;
        world.break_database();
        for _ in 0..4 {
            for email in ["ken@example.com", HANA] {
                assert_matches!(request(&world, email).await, Err(RequestResetError::Store(_)));
            }
        }
        world.mend_database();
        request(&world, HANA).await.unwrap();
        assert_eq!(world.mails_sent().await.len(), 1);
    }

    #[tokio::test]
    async fn a_link_that_could_not_be_kept_does_not_count_as_a_mail() {
        let world = world_with_hana().await;
        for _ in 0..9 {
            request(&world, HANA).await.unwrap();
            // After the answer, before the link is kept.
            world.break_database();
            assert!(world.mails_sent().await.is_empty());
            world.mend_database();
        }
        request(&world, HANA).await.unwrap();
        assert_eq!(world.mails_sent().await.len(), 1);
    }

    #[tokio::test]
    async fn a_member_who_was_deleted_meanwhile_gets_no_mail_and_none_is_counted() {
        let world = world_with_hana().await;
        let resources = world.resources();
        for _ in 0..9 {
            request(&world, HANA).await.unwrap();
            let email = Email::parse(HANA).unwrap();
            let hana = resources.members.credentials(&email).await.unwrap().unwrap();
            resources.authority.delete(hana.member_id, &hana.password_hash).await.unwrap().unwrap();
            assert!(world.mails_sent().await.is_empty());
            world.add_member(HANA, "a tree by the gate").await;
        }
        request(&world, HANA).await.unwrap();
        assert_eq!(world.mails_sent().await.len(), 1);
    }

    #[tokio::test]
    async fn a_failed_mail_does_not_show_in_the_answer() {
        let world = world_with_hana().await;
        world.break_mailer();
        for email in ["ken@example.com", HANA] {
            request(&world, email).await.unwrap();
        }
        assert!(world.mails_sent().await.is_empty());
    }
}
