//! The mails that Genkan sends. The domain says which and to whom; the server puts them into words.

use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{
    account::{email::Email, member::Locale},
    limits::Limit,
    ports::{MailError, Ports},
};

/// One mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Who gets it
    pub to: Email,
    /// The language to write it in
    pub locale: Locale,
    /// What it says
    pub message: Message,
}

/// What a mail says.
#[derive(Clone)]
pub enum Message {
    /// The code, and a link that does the same, for a sign-up.
    Confirm {
        /// Six digits
        code: Zeroizing<String>,
        /// An absolute URL whose page asks before it confirms
        link: Zeroizing<String>,
    },
    /// Somebody tried to sign up with the address of a member.
    AlreadyMember {
        /// The absolute URL of the log-in page
        log_in: String,
    },
    /// A session was ended because its refresh token was used by somebody else.
    Reuse {
        /// The absolute URL of the page that lists the member's sessions
        sessions: String,
    },
    /// A link for a member who has forgotten the password.
    PasswordReset {
        /// An absolute URL whose page asks for the new one
        link: Zeroizing<String>,
    },
    /// The password was changed.
    PasswordChanged {
        /// When
        at: OffsetDateTime,
        /// The absolute URL of the page for who has forgotten the password, or has it from somebody else now
        forgot: String,
        /// The absolute URL of the page that lists the member's sessions
        sessions: String,
    },
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Confirm { .. } => "Confirm(redacted)",
            Self::AlreadyMember { .. } => "AlreadyMember",
            Self::Reuse { .. } => "Reuse",
            Self::PasswordReset { .. } => "PasswordReset(redacted)",
            Self::PasswordChanged { .. } => "PasswordChanged",
        })
    }
}

/// Whether a mail that a stranger can cause may still go to this mailbox. It is counted, for
/// [`send_counted`].
pub(crate) async fn may_mail(ports: &Ports, to: &Email) -> bool {
    let mailbox = to.mailbox();
    if ports.limits.take(Limit::MailsToMailbox, &mailbox).await.is_err() {
        return false;
    }
    let may = ports.limits.take(Limit::MailsToMailboxADay, &mailbox).await.is_ok();
    if !may {
        ports.limits.give_back(Limit::MailsToMailbox, &mailbox).await;
    }
    may
}

/// Sends a mail that [`may_mail`] has counted. One that was not taken has not reached the mailbox and counts
/// no longer.
///
/// # Errors
/// [`MailError`]
pub(crate) async fn send_counted(ports: &Ports, mail: &Mail) -> Result<(), MailError> {
    let sent = ports.mailer.send(mail).await;
    if sent.is_err() {
        let mailbox = mail.to.mailbox();
        ports.limits.give_back(Limit::MailsToMailbox, &mailbox).await;
        ports.limits.give_back(Limit::MailsToMailboxADay, &mailbox).await;
    }
    sent
}
