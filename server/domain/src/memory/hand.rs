//! A test's control of the world: moves the clock, makes stores fail or lose data, and inspects them.

use std::time::Duration;

use time::OffsetDateTime;

use super::InMemory;
use crate::{
    account::member::{MemberId, Role, Standing},
    limits::Limit,
    mail::Mail,
    session::{EndReason, SessionId},
};

impl InMemory {
    /// Sets the maximum number of open sessions of a member, 50 by default.
    pub fn allow_sessions(&self, max: u32) {
        self.state().sessions_max = max;
    }

    /// Number of sessions noted as closed.
    pub fn closed(&self) -> usize {
        self.state().sessions.values().filter(|kept| kept.is_closed).count()
    }

    pub fn session_ids(&self) -> Vec<SessionId> {
        self.state().sessions.keys().copied().collect()
    }

    pub fn now(&self) -> OffsetDateTime {
        self.state().now
    }

    pub fn pass(&self, time: Duration) {
        self.state().now += time;
    }

    /// Resets the mail limits without moving the clock.
    pub fn forget_mail_limits(&self) {
        let mails = [Limit::MailsToMailbox, Limit::MailsToMailboxADay];
        self.state().taken.retain(|key, _| !mails.contains(&key.limit()));
    }

    pub fn suspend(&self, id: MemberId) {
        self.state().members.get_mut(&id).unwrap().standing = Standing::Suspended;
    }

    pub fn role_of(&self, id: MemberId) -> Role {
        self.state().members[&id].member.role
    }

    pub fn email_of(&self, id: MemberId) -> String {
        self.state().members[&id].member.email.as_str().to_owned()
    }

    pub fn generation_of(&self, id: SessionId) -> u32 {
        self.state().sessions[&id].generation
    }

    /// Undoes the last rotation of a row, as a failover of the database may.
    pub fn lose_rotations(&self, id: SessionId) {
        self.state().sessions.get_mut(&id).unwrap().generation -= 1;
    }

    /// Undoes the end of a row, as a failover of the database may.
    pub fn lose_end(&self, id: SessionId) {
        self.state().sessions.get_mut(&id).unwrap().ended = None;
    }

    /// The end reason in the session's row.
    pub fn ended(&self, id: SessionId) -> Option<EndReason> {
        self.state().sessions[&id].ended.map(|(reason, _)| reason)
    }

    pub fn wipe_live_sessions(&self) {
        self.state().live.clear();
    }

    pub fn break_database(&self) {
        self.state().database_is_broken = true;
    }

    pub fn mend_database(&self) {
        self.state().database_is_broken = false;
    }

    pub fn break_live_sessions(&self) {
        self.state().live_sessions_are_broken = true;
    }

    pub fn mend_live_sessions(&self) {
        self.state().live_sessions_are_broken = false;
    }

    pub fn break_mailer(&self) {
        self.state().mailer_is_broken = true;
    }

    pub fn mend_mailer(&self) {
        self.state().mailer_is_broken = false;
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.state().mails.clone()
    }

    /// The mails sent, including those sent after the response.
    pub async fn mails_sent(&self) -> Vec<Mail> {
        self.outbox.emptied().await;
        self.mails()
    }
}
