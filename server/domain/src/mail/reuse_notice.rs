//! Informs a member by mail that a session was ended because its refresh token was stolen. Whoever uses that session
//! may be the thief, so a notice on a page is not enough.

use std::sync::Arc;

use super::{Mail, Message, outbox::Outbox, ports::Mailer};
use crate::{
    account::ports::Members,
    session::{MemberId, ports::ReuseNotice},
};

/// Sends the notice by mail.
#[derive(Clone)]
pub struct MailedReuseNotice {
    /// Members, for the address
    pub members: Arc<dyn Members>,
    /// Mail
    pub mailer: Arc<dyn Mailer>,
    /// Sends it in the background
    pub outbox: Outbox,
    /// The site's own address, without a trailing slash
    pub public_url: String,
}

impl ReuseNotice for MailedReuseNotice {
    /// Sends the mail in the background. A failure is logged; the session has ended all the same.
    fn send(&self, member: MemberId) {
        let log_failure = move |error: &(dyn std::error::Error + 'static)| {
            tracing::error!(member.id = %member, error, "reuse_notice.not_sent");
        };
        let own = self.clone();
        match self.outbox.place() {
            Ok(place) => place.put(async move {
                if let Err(error) = own.mail(member).await {
                    log_failure(&*error);
                }
            }),
            Err(error) => log_failure(&error),
        }
    }
}

impl MailedReuseNotice {
    async fn mail(&self, id: MemberId) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let Some(member) = self.members.find(id).await? else { return Ok(()) };
        let message = Message::Reuse { sessions: format!("{}/settings/sessions", self.public_url) };
        let mail = Mail { to: member.email, locale: member.profile.locale, message };
        Ok(self.mailer.send(&mail).await?)
    }
}
