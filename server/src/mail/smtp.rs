//! Hands mails to an SMTP server (RFC 5321), each over a connection of its own: after a mail that was cut short nobody
//! knows where the conversation stands, so no other mail may follow on its connection.

use std::{error::Error, sync::Arc, time::Duration};

use domain::mail::ports::MailError;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use tokio::{sync::Semaphore, time::timeout};
use uuid::Uuid;

use app::letters::RenderedMail;

/// The longest time from the first attempt to the server's acceptance, the wait for a connection included. Less than
/// an instance has to send its last mails when it is told to stop.
const SEND_TIMEOUT: Duration = Duration::from_secs(8);
/// The longest time to connect to one of the server's addresses, which leaves time to try the next one.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The most connections at once.
const CONNECTIONS_MAX: usize = 4;

/// A mail server. Cloning shares it.
#[derive(derive_more::Debug, Clone)]
#[debug("Smtp(redacted)")]
pub struct Smtp {
    transport: Arc<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
    connections: Arc<Semaphore>,
    timeout: Duration,
}

impl Smtp {
    /// The server that a URL names: `smtps://name:password@host`, or `smtp://` with `?tls=required`, which a server on
    /// the same machine does not need. It is first contacted for the first mail.
    ///
    /// # Errors
    /// The URL does not name a mail server.
    pub fn new(url: &str, from: Mailbox) -> Result<Self, lettre::transport::smtp::Error> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?
            .timeout(Some(CONNECT_TIMEOUT))
            .build();
        let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        Ok(Self { transport: Arc::new(transport), from, connections, timeout: SEND_TIMEOUT })
    }

    /// Returns once the server has accepted the mail. Dropping the future cuts the mail short.
    ///
    /// # Errors
    /// It has not, or not in time.
    pub async fn send(&self, mail: &RenderedMail) -> Result<(), MailError> {
        let message = self.message(mail).map_err(|error| MailError::Failed(error.into()))?;
        let sending = async {
            let _connection = self.connections.acquire().await.expect("it is never closed");
            self.transport.send(message).await
        };
        let sent = timeout(self.timeout, sending)
            .await
            .map_err(|_| MailError::Failed("the mail server did not accept it in time".into()))?;
        let Err(error) = sent else { return Ok(()) };
        // The server's own words may name the address, which does not belong in a log. Other errors hold none of them.
        if error.is_response() {
            return Err(MailError::Failed("the mail server gave no valid answer".into()));
        }
        let Some(code) = error.status() else { return Err(MailError::Failed(error.into())) };
        let said = format!("the mail server answered {code}").into();
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        Err(if refuses_recipient(code.into(), &words) {
            MailError::Undeliverable(said)
        } else {
            MailError::Failed(said)
        })
    }

    fn message(&self, mail: &RenderedMail) -> Result<Message, lettre::error::Error> {
        let to: Address = mail.to.parse().map_err(|_| lettre::error::Error::MissingTo)?;
        // With the sender's domain, so that the machine's own name is not revealed.
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

/// Returns whether an answer means that this recipient gets no mail, now or later. Other permanent refusals, of our
/// log-in or our sender's address, are for the staff to fix, not for the person who signs up.
fn refuses_recipient(code: u16, words: &str) -> bool {
    if !(500..600).contains(&code) {
        return false;
    }
    match enhanced_status(words) {
        // RFC 3463 §3.2: 5.1.7 and 5.1.8 are about the sender.
        Some((1, detail)) => ![7, 8].contains(&detail),
        // §3.3: the mailbox, or the storage of its server.
        Some((2, _)) => true,
        Some(_) => false,
        // RFC 5321 §4.2.3, RFC 7504 §4: the mailbox is unavailable, not local, full, misnamed, or on a host
        // that takes no mail.
        None => [550, 551, 552, 553, 556].contains(&code),
    }
}

/// Returns the subject and the detail of an enhanced status code (RFC 2034 §4): `(1, 1)` for `5.1.1`.
fn enhanced_status(words: &str) -> Option<(u16, u16)> {
    let mut parts = words.split_whitespace().next()?.strip_prefix("5.")?.split('.');
    let status = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(status)
}

#[cfg(test)]
mod tests;
