//! Tells a member by mail that the password was changed: if it was somebody else, the mail is how the member learns
//! of it (OWASP ASVS 6.3.7). It holds nothing that lets anybody in.

use time::OffsetDateTime;

use crate::{
    account::member::Credentials,
    mail::{Mail, Message},
    ports::Ports,
};

/// Sends the mail behind the answer. One that is not taken is logged; the password is changed all the same.
pub(crate) fn tell_of_new_password(ports: &Ports, member: &Credentials, now: OffsetDateTime) {
    let id = member.member_id;
    let message = Message::PasswordChanged {
        at: now,
        forgot: format!("{}/forgot", ports.public_url),
        sessions: format!("{}/settings/sessions", ports.public_url),
    };
    let mail = Mail { to: member.email.clone(), locale: member.locale, message };
    let not_told = move |error: &(dyn std::error::Error + 'static)| {
        tracing::error!(member.id = %id, error, "password.not_told");
    };
    let mailer = ports.mailer.clone();
    match ports.outbox.place() {
        Ok(place) => place.put(async move {
            if let Err(error) = mailer.send(&mail).await {
                not_told(&error);
            }
        }),
        Err(error) => not_told(&error),
    }
}
