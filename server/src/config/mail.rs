//! The means of delivering mail, and the mail server's address.

use lettre::message::Mailbox;
use url::Url;

use super::{
    UNLESS_PRIVATE,
    environment::{ConfigError, Environment, Secret, Switch, bad, refuse_unknown_parameters},
    network::{Network, is_this_machine},
};

/// The means of delivering mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailDelivery {
    /// `SMTP_URL`, with `MAIL_FROM` as the sender
    Smtp {
        /// The mail server
        url: Secret,
        /// The sender
        from: Mailbox,
    },
    /// `DEV_MAILBOX=on`
    Mailbox,
}

pub(super) fn delivery(
    env: &Environment<'_>,
    network: Network,
) -> Result<MailDelivery, ConfigError> {
    let mailbox = env.switch("DEV_MAILBOX", Switch::Off)?;
    // The mailbox shows every code to everyone.
    if mailbox == Switch::On && env.runs_as_many() {
        return Err(bad("DEV_MAILBOX", "cannot be on where K_SERVICE is set"));
    }
    if mailbox == Switch::On && network == Network::Public {
        return Err(bad(
            "DEV_MAILBOX",
            format!("cannot be on where PUBLIC_URL is another machine, {UNLESS_PRIVATE}"),
        ));
    }
    match (env.secret("SMTP_URL")?, mailbox) {
        (None, Switch::On) => Ok(MailDelivery::Mailbox),
        (None, Switch::Off) => Err(bad(
            "SMTP_URL",
            "is missing, so nobody could confirm an address; for development, set DEV_MAILBOX=on",
        )),
        (Some(_), Switch::On) => Err(bad(
            "DEV_MAILBOX",
            "cannot be on while SMTP_URL is set: mails go to one or the other",
        )),
        (Some(_), Switch::Off) => {
            let url = env.url("SMTP_URL", &["smtp", "smtps"])?;
            refuse_unknown_parameters("SMTP_URL", &url, |name| name == "tls")?;
            // The message of lettre would quote the value.
            if url.query_pairs().any(|(_, value)| !["required", "opportunistic"].contains(&&*value))
            {
                return Err(bad("SMTP_URL", "must say tls=required or tls=opportunistic"));
            }
            if sends_its_password_in_the_clear(&url) {
                return Err(bad(
                    "SMTP_URL",
                    "must be smtps://, or end in ?tls=required, to hold a password",
                ));
            }
            let from = env
                .required("MAIL_FROM", "mails need a sender, such as Genkan <genkan@example.com>")?
                .parse()
                .map_err(|_| {
                    bad("MAIL_FROM", "must be a sender, such as Genkan <genkan@example.com>")
                })?;
            Ok(MailDelivery::Smtp { url: url.into(), from })
        }
    }
}

/// Returns whether a password would go to another machine without TLS.
fn sends_its_password_in_the_clear(url: &Url) -> bool {
    let is_encrypted = url.scheme() == "smtps"
        || url.query_pairs().any(|(name, value)| name == "tls" && value == "required");
    url.password().is_some() && !is_encrypted && !url.host_str().is_some_and(is_this_machine)
}
