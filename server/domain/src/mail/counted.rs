//! Mails that a stranger can cause, counted against the mailbox's limits.

use crate::{Resources, account::email::Email, limits::Limit};

/// Returns whether a mail that a stranger can cause may still go to this mailbox. Counts it: send it by [`counted`].
pub(crate) async fn may_mail(resources: &Resources, to: &Email) -> bool {
    let mailbox = to.mailbox();
    if resources.limits.take(Limit::MailsToMailbox, &mailbox).await.is_err() {
        return false;
    }
    let may = resources.limits.take(Limit::MailsToMailboxADay, &mailbox).await.is_ok();
    if !may {
        resources.limits.give_back(Limit::MailsToMailbox, &mailbox).await;
    }
    may
}

/// Prepares and sends a mail that [`may_mail`] has counted. If that fails, none was sent, and it is no longer counted.
///
/// # Errors
/// Those of `sending`.
pub(crate) async fn counted<T, E>(
    resources: &Resources,
    to: &Email,
    sending: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let sent = sending.await;
    if sent.is_err() {
        give_back_mail(resources, to).await;
    }
    sent
}

/// Takes back the count of [`may_mail`]: no mail was sent.
pub(crate) async fn give_back_mail(resources: &Resources, to: &Email) {
    let mailbox = to.mailbox();
    resources.limits.give_back(Limit::MailsToMailbox, &mailbox).await;
    resources.limits.give_back(Limit::MailsToMailboxADay, &mailbox).await;
}
