//! Mail: hands the domain's messages, put into words by [`app::letters`], to an SMTP server or to the development
//! mailbox.

mod smtp;

use std::time::Instant;

use app::letters;
use async_trait::async_trait;
use domain::{
    mail::Mail,
    mail::ports::{MailError, Mailer},
};

pub use self::smtp::Smtp;
use crate::{metrics::Times, redis::Mailbox};

/// The means of delivery.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// An SMTP server
    Smtp(Smtp),
    /// The development mailbox: mails are kept to be read, and not delivered
    Mailbox(Mailbox),
}

#[async_trait]
impl Mailer for Delivery {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let rendered = letters::render(mail);
        let begun = Instant::now();
        let sent = match self {
            Self::Smtp(smtp) => smtp.send(&rendered).await,
            Self::Mailbox(mailbox) => {
                mailbox.put(&rendered).await.map_err(|error| MailError::Failed(error.into()))
            }
        };
        let times = Times::of_mails();
        match &sent {
            Err(MailError::Failed(_)) => times.failed(begun),
            // A server that refuses a recipient works.
            Ok(()) | Err(MailError::Undeliverable(_)) => times.succeeded(begun),
        }
        sent
    }
}
