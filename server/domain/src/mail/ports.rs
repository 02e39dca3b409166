//! The port of mail.

use async_trait::async_trait;

use super::message::Mail;

/// Error of handing a mail over.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Not now, or not by this server: trying again may help.
    #[error("the mail was not taken")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The mail server takes no mail for this address, and will not later.
    #[error("the mail server refused the address")]
    Undeliverable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Hands mails over for delivery.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Returns once the mail has been accepted.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}
