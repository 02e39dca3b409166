//! Tells a member by mail that a session was ended because its token was in somebody else's hands. Whoever
//! reads the site in that session may be the thief, so a page alone would not do.

use tracing::Instrument;

use crate::{
    account::member::MemberId,
    mail::{Mail, Message},
    ports::Ports,
};

/// Sends the mail in the background: whoever presented the token does not wait for it. A mail that is not
/// taken is logged; the session has ended all the same.
pub(crate) fn tell_of_reuse(ports: &Ports, id: MemberId) {
    let ports = ports.clone();
    tokio::spawn(async move { send(&ports, id).await }.in_current_span());
}

async fn send(ports: &Ports, id: MemberId) {
    let member = match ports.members.find(id).await {
        Ok(Some(member)) => member,
        Ok(None) => return,
        Err(error) => {
            tracing::error!(member.id = %id, error = &error as &dyn std::error::Error, "reuse.not_told");
            return;
        }
    };
    let message = Message::Reuse { sessions: format!("{}/settings/sessions", ports.public_url) };
    let mail = Mail { to: member.email, locale: member.locale, message };
    if let Err(error) = ports.mailer.send(&mail).await {
        tracing::error!(member.id = %id, error = &error as &dyn std::error::Error, "reuse.not_told");
    }
}
