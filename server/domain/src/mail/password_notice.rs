//! Informs a member by mail that the password was changed: if somebody else changed it, the mail is how the member finds
//! out (OWASP ASVS 6.3.7). It holds nothing that lets anybody in.

use time::OffsetDateTime;

use super::{Mail, Message};
use crate::{Resources, account::ports::Credentials};

/// Sends the mail in the background. A failure is logged; the password is changed all the same.
pub(crate) fn send_password_notice(
    resources: &Resources,
    member: &Credentials,
    now: OffsetDateTime,
) {
    let id = member.member_id;
    let message = Message::PasswordChanged {
        at: now,
        forgot: format!("{}/forgot", resources.public_url),
        sessions: format!("{}/settings/sessions", resources.public_url),
    };
    let mail = Mail { to: member.email.clone(), locale: member.locale, message };
    let not_sent = move |error: &(dyn std::error::Error + 'static)| {
        tracing::error!(member.id = %id, error, "password.not_told");
    };
    let mailer = resources.mailer.clone();
    match resources.outbox.place() {
        Ok(place) => place.put(async move {
            if let Err(error) = mailer.send(&mail).await {
                not_sent(&error);
            }
        }),
        Err(error) => not_sent(&error),
    }
}
