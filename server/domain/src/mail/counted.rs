//! Mails that a stranger can cause, counted against the mailbox's limits.

use super::{Mail, ports::MailError};
use crate::{Resources, account::email::Email, limits::Limit};

/// Returns whether a mail that a stranger can cause may still go to this mailbox. Counts it, for [`send_counted`].
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

/// Sends a mail that [`may_mail`] has counted. One that could not be sent is no longer counted.
///
/// # Errors
/// [`MailError`]
pub(crate) async fn send_counted(resources: &Resources, mail: &Mail) -> Result<(), MailError> {
    let sent = resources.mailer.send(mail).await;
    if sent.is_err() {
        let mailbox = mail.to.mailbox();
        resources.limits.give_back(Limit::MailsToMailbox, &mailbox).await;
        resources.limits.give_back(Limit::MailsToMailboxADay, &mailbox).await;
    }
    sent
}
