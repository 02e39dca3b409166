//! Mail: puts what the domain wants to say into words, and hands it to whoever delivers: an SMTP server, or
//! the development mailbox.

pub mod letters;
mod smtp;

use std::fmt;

use async_trait::async_trait;
use domain::{
    mail::Mail,
    ports::{MailError, Mailer},
};
use serde::{Deserialize, Serialize};

pub use self::smtp::Smtp;
use crate::redis::Mailbox;

/// A mail in words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderedMail {
    /// The address it goes to
    pub to: String,
    /// The subject line
    pub subject: String,
    /// The words
    pub text: String,
    /// The same words as a page
    pub html: String,
}

/// A mail holds an address and may hold a code: neither belongs in a log.
impl fmt::Debug for RenderedMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RenderedMail(redacted)")
    }
}

/// Who delivers.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// An SMTP server
    Smtp(Smtp),
    /// Nobody: mails are kept to be read in development
    Mailbox(Mailbox),
}

#[async_trait]
impl Mailer for Delivery {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let rendered = letters::render(mail);
        match self {
            Self::Smtp(smtp) => smtp.send(&rendered).await,
            Self::Mailbox(mailbox) => {
                mailbox.put(&rendered).await.map_err(|error| MailError::Failed(error.into()))
            }
        }
    }
}
