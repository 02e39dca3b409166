//! Mail: hands the domain's messages, put into words by [`app::letters`], to an SMTP server or to the development
//! mailbox.

mod smtp;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use app::letters::{self, RenderedMail};
use async_trait::async_trait;
use domain::{
    StoreError,
    mail::Mail,
    mail::ports::{MailError, Mailer},
};
use tracing::Instrument;

pub use self::smtp::Smtp;
use crate::metrics::Times;

/// The most mails that the development mailbox keeps.
pub(crate) const KEPT_MAILS: u32 = 200;
/// The time for which it keeps them.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// The development mailbox: mails that are not delivered but kept for the developer to read. In a store, so that several
/// instances share it and a restart keeps it.
#[async_trait]
pub trait Mailbox: Send + Sync {
    /// Adds a mail, and drops the oldest beyond two hundred.
    ///
    /// # Errors
    /// The store is unavailable, or refused it.
    async fn put(&self, mail: &RenderedMail) -> Result<(), StoreError>;

    /// Every mail that is kept, the newest last.
    ///
    /// # Errors
    /// The store is unavailable.
    async fn mails(&self) -> Result<Vec<RenderedMail>, StoreError>;
}

/// The means of delivery.
#[derive(Clone)]
pub enum Delivery {
    /// An SMTP server
    Smtp(Smtp),
    /// The development mailbox: mails are kept to be read, and not delivered
    Mailbox(Arc<dyn Mailbox>),
}

#[async_trait]
impl Mailer for Delivery {
    /// Sends in a task of its own: a request whose browser has left is dropped, but its mail must not be cut short, and
    /// counts like any other.
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let (delivery, rendered) = (self.clone(), letters::render(mail));
        let sending = async move { delivery.hand_over(&rendered).await };
        let sent = tokio::spawn(sending.in_current_span()).await;
        sent.unwrap_or_else(|error| Err(MailError::Failed(error.into())))
    }
}

impl Delivery {
    async fn hand_over(&self, mail: &RenderedMail) -> Result<(), MailError> {
        let begun = Instant::now();
        let sent = match self {
            Self::Smtp(smtp) => smtp.send(mail).await,
            Self::Mailbox(mailbox) => {
                mailbox.put(mail).await.map_err(|error| MailError::Failed(error.into()))
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
