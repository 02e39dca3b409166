//! Hands mails to an SMTP server (RFC 5321), over a few connections that are used again.

use std::{fmt, time::Duration};

use domain::ports::MailError;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::PoolConfig,
};
use uuid::Uuid;

use super::RenderedMail;

const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECTIONS: u32 = 4;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// A mail server.
#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// The server that a URL names: `smtps://name:password@host`, or `smtp://` with `?tls=required` or,
    /// for one on the same machine, without. It is not asked before the first mail.
    ///
    /// # Errors
    /// The URL is not one of a mail server.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn new(url: &str, from: Mailbox) -> Result<Self, lettre::transport::smtp::Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?
            .timeout(Some(COMMAND_TIMEOUT))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS).idle_timeout(IDLE_TIMEOUT))
            .build();
        Ok(Self { transport, from })
    }

    /// Returns when the server has taken the mail.
    ///
    /// # Errors
    /// It did not.
    pub async fn send(&self, mail: &RenderedMail) -> Result<(), MailError> {
        let message = self.message(mail).map_err(|error| MailError(error.into()))?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            // The server's own words may name the address, which is nobody's business in a log.
            Err(error) => Err(MailError(match error.status() {
                Some(code) => format!("the mail server answered {code}").into(),
                None => "the mail server did not answer as it should".into(),
            })),
        }
    }

    fn message(&self, mail: &RenderedMail) -> Result<Message, lettre::error::Error> {
        let to: Address = mail.to.parse().map_err(|_| lettre::error::Error::MissingTo)?;
        // Named after the sender's domain: the machine's own name is nobody's business.
        let id = format!("<{}@{}>", Uuid::new_v4(), self.from.email.domain());
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject.as_str())
            .date_now()
            .message_id(Some(id))
            // RFC 3834: out-of-office programs then do not answer.
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))
    }
}

/// The transport holds the server's password.
impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp(redacted)")
    }
}
