//! Mail: hands the domain's messages, put into words by [`app::letters`], to an SMTP server or to the development
//! mailbox.

mod smtp;

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
        let delivered = async {
            match self {
                Self::Smtp(smtp) => smtp.send(&rendered).await,
                Self::Mailbox(mailbox) => {
                    mailbox.put(&rendered).await.map_err(|error| MailError::Failed(error.into()))
                }
            }
        };
        Times::of_mails().measure(delivered).await
    }
}
