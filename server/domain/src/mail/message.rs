//! The mails that Genkan sends. The domain chooses the message and the recipient, and leaves the words to the mailer.

use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::account::{email::Email, member::Language};

/// One mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The recipient
    pub to: Email,
    /// The language to write it in
    pub locale: Language,
    /// The message
    pub message: Message,
}

/// Content of a mail.
#[derive(derive_more::Debug, Clone)]
pub enum Message {
    /// The code, and a link that does the same, for a sign-up.
    #[debug("Confirm(redacted)")]
    Confirm {
        /// Six digits
        code: Zeroizing<String>,
        /// Absolute URL of a page that asks before it confirms
        link: Zeroizing<String>,
    },
    /// Somebody tried to sign up with the address of a member.
    AlreadyMember {
        /// The absolute URL of the log-in page
        log_in: String,
    },
    /// A session was ended because somebody else used its refresh token.
    Reuse {
        /// The absolute URL of the page that lists the member's sessions
        sessions: String,
    },
    /// A link for a member who has forgotten the password.
    #[debug("PasswordReset(redacted)")]
    PasswordReset {
        /// Absolute URL of a page that asks for the new one
        link: Zeroizing<String>,
    },
    /// The password was changed.
    PasswordChanged {
        /// Time of the change
        at: OffsetDateTime,
        /// Absolute URL of the page for forgotten passwords, in case somebody else changed it
        forgot: String,
        /// The absolute URL of the page that lists the member's sessions
        sessions: String,
    },
}
