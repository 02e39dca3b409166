//! Informs a member by mail that a session was ended because its refresh token was stolen. Whoever uses that session
//! may be the thief, so a notice on a page is not enough.

use std::sync::Arc;

use super::{
    Mail, Message,
    outbox::{NotSent, Outbox},
    ports::Mailer,
};
use crate::{
    account::ports::Members,
    causes,
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
        let own = self.clone();
        self.outbox.send_notice(async move { own.mail(member).await }, move |error| {
            tracing::error!(member.id = %member, error = %causes(&*error), "reuse_notice.not_sent");
        });
    }
}

impl MailedReuseNotice {
    async fn mail(&self, id: MemberId) -> Result<(), NotSent> {
        let Some(member) = self.members.find(id).await? else { return Ok(()) };
        let message = Message::Reuse { sessions: format!("{}/settings/sessions", self.public_url) };
        let mail = Mail { to: member.email, locale: member.profile.locale, message };
        Ok(self.mailer.send(&mail).await?)
    }
}
