//! Hands mails to an SMTP server (RFC 5321), over a few pooled connections.

use std::{error::Error, time::Duration};

use domain::mail::ports::MailError;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::PoolConfig,
};
use uuid::Uuid;

use app::letters::RenderedMail;

const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECTIONS: u32 = 4;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// A mail server.
#[derive(derive_more::Debug, Clone)]
#[debug("Smtp(redacted)")]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// The server that a URL names: `smtps://name:password@host`, or `smtp://` with `?tls=required`, which a server on
    /// the same machine does not need. It is first contacted for the first mail.
    ///
    /// # Errors
    /// The URL does not name a mail server.
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

    /// Returns once the server has accepted the mail.
    ///
    /// # Errors
    /// It has not.
    pub async fn send(&self, mail: &RenderedMail) -> Result<(), MailError> {
        let message = self.message(mail).map_err(|error| MailError::Failed(error.into()))?;
        let Err(error) = self.transport.send(message).await else { return Ok(()) };
        // The server's own words may name the address, which does not belong in a log.
        let Some(code) = error.status() else {
            return Err(MailError::Failed("the mail server gave no valid answer".into()));
        };
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
mod tests {
    use super::*;

    #[test]
    fn only_a_response_about_the_recipient_refuses_the_recipient() {
        for (code, words) in [
            (550, "Mailbox unavailable"),
            (550, "5.1.1 User unknown"),
            (550, "5.1.10 Recipient not found"),
            (552, "5.2.2 Mailbox full"),
            (553, ""),
            (554, "5.1.1 <somebody>: no such user"),
            (556, "5.1.10 Domain takes no mail"),
        ] {
            assert!(refuses_recipient(code, words), "{code} {words}");
        }
        for (code, words) in [
            (421, "4.3.2 Come again"),
            (450, "4.2.1 Greylisted"),
            (452, "4.2.2 Mailbox full"),
            (500, "Syntax error"),
            (530, "5.7.0 Authentication required"),
            (535, "5.7.8 Bad credentials"),
            (550, "5.7.1 Relaying denied"),
            (553, "5.1.8 Sender's domain does not exist"),
            (554, "Transaction failed"),
            (554, "5.7.1 Spam"),
        ] {
            assert!(!refuses_recipient(code, words), "{code} {words}");
        }
    }
}
