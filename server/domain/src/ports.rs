//! Everything that a use case may reach out to, as traits. The server implements them over Postgres,
//! Redis and SMTP; `memory.rs` implements them for this crate's own tests.
//!
//! **Architecture Invariant:** a port answers "not there" with `Ok(None)` or a variant of its own; an
//! `Err` always means that the store could not say, and every caller fails closed on it.

mod sessions;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use crate::{
    account::{
        confirmation::{
            CompletedSignUp, Confirmation, ConfirmationId, NewConfirmation, SecretHash,
        },
        email::Email,
        member::{Credentials, Member, MemberId, Role, Standing},
        profile::Profile,
    },
    credentials::password::{PasswordHash, PasswordHasher},
    limits::Limits,
    mail::{Mail, outbox::Outbox},
    session::{
        EndReason, Lifetimes, LiveSession, SessionId, access_token::AccessTokens, flights::Flights,
        keys::KeyRing,
    },
};

pub use self::sessions::{
    Advance, Advanced, Affected, EndedQuery, EndedSession, Ending, Ends, ListQuery, NAMED_MAX,
    NewSession, Sessions, Started,
};

/// A store could not answer. Logged once, where it is handled; never shown to a member. Cloning shares it:
/// all who waited for one answer are told the same.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{operation} failed")]
pub struct StoreError {
    operation: &'static str,
    #[source]
    source: Arc<dyn std::error::Error + Send + Sync>,
}

impl StoreError {
    /// What was tried, and what the store said.
    pub fn new(
        operation: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { operation, source: Arc::from(source.into()) }
    }
}

/// Members' rows.
#[async_trait]
pub trait Members: Send + Sync {
    /// What log-in needs to know about who has this address.
    async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError>;
    /// The same of a member who is known, to prove once more who they are.
    async fn credentials_of(&self, id: MemberId) -> Result<Option<Credentials>, StoreError>;
    /// A member, to be shown.
    async fn find(&self, id: MemberId) -> Result<Option<Member>, StoreError>;
    /// Changes what a member may change by the profile page. `None`: no such member.
    async fn update_profile(
        &self,
        id: MemberId,
        profile: &Profile,
    ) -> Result<Option<Member>, StoreError>;
    /// Puts a hash with newer parameters in the place of `old`, if that is still the one.
    async fn replace_hash(
        &self,
        id: MemberId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), StoreError>;
}

/// What became of a confirmed sign-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completed {
    /// There is a new member.
    Member(Member),
    /// Somebody else has confirmed the address meanwhile.
    AddressTaken,
    /// The sign-up was completed or dropped meanwhile.
    Gone,
}

/// Sign-ups that wait for their code.
#[async_trait]
pub trait Confirmations: Send + Sync {
    /// Keeps a sign-up until its code expires.
    async fn insert(&self, new: &NewConfirmation) -> Result<(), StoreError>;
    /// A sign-up whose code may still be entered.
    async fn find(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError>;
    /// Counts a try against the code and answers the sign-up, in one step, so that parallel guesses get
    /// no more tries than serial ones. `None`: expired, unknown, or no try left.
    async fn spend_try(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError>;
    /// Puts a new code in the old one's place and counts the mail. `None`: expired for good, unknown, or
    /// no mail left.
    async fn renew(
        &self,
        id: ConfirmationId,
        code: &SecretHash,
    ) -> Result<Option<Confirmation>, StoreError>;
    /// Makes a member of a sign-up, in one transaction. The other sign-ups of the address wait no longer; what
    /// is left of them all says for some days that the address was proven.
    async fn complete(
        &self,
        id: ConfirmationId,
        member_id: MemberId,
    ) -> Result<Completed, StoreError>;
    /// Whether the address of a sign-up that waits no longer was proven, and its member is still there.
    async fn was_completed(&self, id: ConfirmationId) -> Result<bool, StoreError>;
    /// The sign-ups of an address that was proven within the lifetime of a code.
    async fn completed_lately(&self, email: &Email) -> Result<Vec<CompletedSignUp>, StoreError>;
}

/// Links for members who have forgotten the password. A member has one at most: the newest.
#[async_trait]
pub trait PasswordResets: Send + Sync {
    /// Keeps a link for [`RESET_LIFETIME`](crate::credentials::password_reset::RESET_LIFETIME), in the place of the member's older
    /// one. `false`: no such member.
    async fn put(&self, id: MemberId, token: &SecretHash) -> Result<bool, StoreError>;
    /// The member whose link still works, by what may be kept of its token.
    async fn find(&self, tokens: &[SecretHash]) -> Result<Option<MemberId>, StoreError>;
}

/// Changes of who a member is to the site. Each raises the authority version, so that what an instance read
/// before loses against what it reads after; each that shuts somebody out ends the sessions in the same
/// transaction, and answers which it ended.
#[async_trait]
pub trait Authority: Send + Sync {
    /// Changes the password if `verified` is still the stored hash, and ends every session. `None`: it is
    /// not. What else could let somebody in by the member's address goes with the old password: a link to reset it,
    /// and sign-ups that wait.
    async fn change_password(
        &self,
        id: MemberId,
        verified: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<Option<Affected>, StoreError>;
    /// The same, if the member's link to reset it still works, which is used up. `None`: it does not, or no
    /// longer. `tokens`: what may be kept of the link's token.
    async fn reset_password(
        &self,
        id: MemberId,
        tokens: &[SecretHash],
        new: &PasswordHash,
    ) -> Result<Option<Affected>, StoreError>;
    /// Changes the role. Answers which sessions are open, to be told of it. `None`: no such member.
    async fn set_role(&self, id: MemberId, role: Role) -> Result<Option<Affected>, StoreError>;
    /// Shuts a member out, or lets them in again. `None`: no such member.
    async fn set_standing(
        &self,
        id: MemberId,
        standing: Standing,
    ) -> Result<Option<Affected>, StoreError>;
    /// Deletes the member, if `verified` is still the stored hash. Of the sessions only what says that they
    /// have ended is left. `None`: it is not, or there is no such member.
    async fn delete(
        &self,
        id: MemberId,
        verified: &PasswordHash,
    ) -> Result<Option<Affected>, StoreError>;
}

/// What opening a live session came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It is live.
    Live,
    /// A tombstone stands there; nothing was changed.
    Ended(EndReason),
}

/// Why the front desk is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// For a member's request, whose access token is of this generation: the session was used.
    Request {
        /// The access token's generation
        generation: u32,
    },
    /// Only to know, as for a prefetch: nothing is extended and nothing noted.
    Glance,
}

/// Whether a check moved the end of the idle timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extended {
    /// It did.
    Yes,
    /// Too little was used up, the absolute end is near, or it was only a glance.
    No,
}

/// What the front desk says about a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It is live.
    Live {
        /// The record
        session: LiveSession,
        /// The time until the record goes if nothing more happens
        idle_left: Duration,
        /// Whether this check moved that time
        extended: Extended,
    },
    /// Nothing is known of it: idle too long, or the store was wiped. The row decides.
    Absent,
    /// It is over.
    Ended(EndReason),
}

/// The front desk: whether a session is valid right now. Every operation is idempotent and one round trip.
#[async_trait]
pub trait LiveSessions: Send + Sync {
    /// Creates or renews the record, with its idle timeout. Refuses on a tombstone; keeps the higher
    /// authority version.
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError>;
    /// Reads the record, and never makes one. For a request it is extended if more than a minute of its
    /// idle timeout is used up, never past the absolute end, and the access token's generation is noted.
    async fn check(&self, id: SessionId, look: Look) -> Result<Checked, StoreError>;
    /// Puts a tombstone in the record's place.
    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError>;
}

/// The mail could not be handed over.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Not now, or not by this server: trying again may help.
    #[error("the mail was not taken")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The mail server takes no mail for this address, and will not later.
    #[error("the mail server refused the address")]
    Undeliverable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Hands mails over to whoever delivers them.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Returns when the mail has been taken.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;
}

/// What every use case works with. Every layer of every request clones it, so it holds nothing that is large.
#[derive(Clone)]
pub struct Ports {
    /// Members
    pub members: Arc<dyn Members>,
    /// Sign-ups that wait for their code
    pub confirmations: Arc<dyn Confirmations>,
    /// Links for members who have forgotten the password
    pub password_resets: Arc<dyn PasswordResets>,
    /// Session rows
    pub sessions: Arc<dyn Sessions>,
    /// Roles, standings and passwords, with the sessions that they end
    pub authority: Arc<dyn Authority>,
    /// The front desk
    pub live: Arc<dyn LiveSessions>,
    /// Refreshes under way in this instance
    pub flights: Flights,
    /// Rate limits
    pub limits: Limits,
    /// Mail
    pub mailer: Arc<dyn Mailer>,
    /// Mail that goes out behind the answer
    pub outbox: Outbox,
    /// Passwords
    pub hasher: PasswordHasher,
    /// Keys
    pub keys: KeyRing,
    /// Access tokens, with the keys derived once
    pub access_tokens: Arc<AccessTokens>,
    /// How long things last
    pub lifetimes: Lifetimes,
    /// How many open sessions a member may have, at most [`NAMED_MAX`]
    pub sessions_max: u32,
    /// The site's own address, without a trailing slash
    pub public_url: String,
    /// The shortest password, in characters
    pub password_min: usize,
}
