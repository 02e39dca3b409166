//! Informs a member by mail that the password was changed, in case somebody else changed it (OWASP ASVS 6.3.7). Nothing
//! in the mail grants access.

use time::OffsetDateTime;

use super::{Mail, Message};
use crate::{Resources, account::ports::Credentials, causes};

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
    let mailer = resources.mailer.clone();
    let sending = async move { Ok(mailer.send(&mail).await?) };
    resources.outbox.send_notice(sending, move |error| {
        tracing::error!(member.id = %id, error = %causes(&*error), "password_notice.not_sent");
    });
}
