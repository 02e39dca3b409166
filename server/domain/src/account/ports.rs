//! The ports of accounts. As with every port, "not there" is a value, and an `Err` means that the store is
//! unavailable.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{
    confirmation::{CompletedSignUp, Confirmation, ConfirmationId, NewConfirmation, SecretHash},
    email::Email,
    member::{DisplayName, Language, Member, MemberId, Profile, Role, Standing},
};
use crate::{
    StoreError,
    credentials::password::PasswordHash,
    session::{EndReason, Persistence, SessionId, ports::Affected},
};

/// The part of a member that a log-in needs.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The member
    pub member_id: MemberId,
    /// The authority version; every change of role, standing or password raises it
    pub authority_version: i64,
    /// The address
    pub email: Email,
    /// The hash to verify against
    pub password_hash: PasswordHash,
    /// Permission to log in
    pub standing: Standing,
    /// The member's language
    pub locale: Language,
}

/// An open session and its member, as programs see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    /// The member's address
    pub email: Email,
    /// The member's shown name
    pub display_name: DisplayName,
    /// Time of the sign-in
    pub created_at: OffsetDateTime,
    /// Lifetime of the cookies
    pub persistence: Persistence,
    /// Time until the absolute timeout
    pub remaining: Duration,
    /// Time until the row's idle timeout
    pub idle_left: Duration,
}

/// Members' rows.
#[async_trait]
pub trait Members: Send + Sync {
    /// The credentials of the member with this address.
    async fn credentials(&self, email: &Email) -> Result<Option<Credentials>, StoreError>;
    /// The credentials of a known member, to prove once more who they are.
    async fn credentials_of(&self, id: MemberId) -> Result<Option<Credentials>, StoreError>;
    /// A member, to be shown.
    async fn find(&self, id: MemberId) -> Result<Option<Member>, StoreError>;
    /// A session with its member, in one read; if it has ended, the reason.
    async fn own_session(
        &self,
        id: SessionId,
    ) -> Result<Option<Result<OwnSession, EndReason>>, StoreError>;
    /// Changes a member's profile. `None`: no such member.
    async fn update_profile(
        &self,
        id: MemberId,
        profile: &Profile,
    ) -> Result<Option<Member>, StoreError>;
    /// Replaces `old` by a hash with newer parameters, if `old` is still the stored one.
    async fn replace_hash(
        &self,
        id: MemberId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<(), StoreError>;
}

/// Outcome of completing a sign-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completed {
    /// There is a new member.
    Member {
        /// The member
        member: Member,
        /// The member's first authority version
        authority_version: i64,
    },
    /// Somebody else has confirmed the address meanwhile.
    AddressTaken,
    /// The sign-up was completed or dropped meanwhile.
    Gone,
}

/// Sign-ups that wait for their code.
#[async_trait]
pub trait Confirmations: Send + Sync {
    /// Stores a sign-up. Its code can be entered for [`CODE_LIFETIME`](super::confirmation::CODE_LIFETIME).
    async fn insert(&self, new: &NewConfirmation) -> Result<(), StoreError>;
    /// A sign-up whose code may still be entered.
    async fn find(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError>;
    /// Counts a try against the code and returns the sign-up, in one step, so that parallel guesses get no more tries
    /// than serial ones. `None`: expired, unknown, or no try left.
    async fn spend_try(&self, id: ConfirmationId) -> Result<Option<Confirmation>, StoreError>;
    /// Replaces the code and counts the mail. `None`: expired for good, unknown, or no mail left.
    async fn renew(
        &self,
        id: ConfirmationId,
        code: &SecretHash,
    ) -> Result<Option<Confirmation>, StoreError>;
    /// Completes a sign-up and creates its member, in one transaction. All sign-ups of the address are deleted; for
    /// some days a trace of each says that the address was proven.
    async fn complete(
        &self,
        id: ConfirmationId,
        member_id: MemberId,
    ) -> Result<Completed, StoreError>;
    /// Returns whether the address of a sign-up that no longer waits was proven, and its member still exists.
    async fn was_completed(&self, id: ConfirmationId) -> Result<bool, StoreError>;
    /// The sign-ups of an address that was proven within the lifetime of a code.
    async fn completed_lately(&self, email: &Email) -> Result<Vec<CompletedSignUp>, StoreError>;
}

/// A password that was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordChange {
    /// The member's authority version from now on
    pub authority_version: i64,
    /// The sessions that ended
    pub ended: Affected,
}

/// Changes of a member's authority. Each raises the authority version, so that a value read before the change loses
/// against one read after it. A change that shuts somebody out ends the sessions in the same transaction, and returns
/// them.
#[async_trait]
pub trait Authority: Send + Sync {
    /// Changes the password if `verified` is still the stored hash, and ends every session. `None`: it is not. Deletes
    /// whatever else could give access through the member's address: a link to reset the password, and waiting
    /// sign-ups.
    async fn change_password(
        &self,
        id: MemberId,
        verified: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<Option<PasswordChange>, StoreError>;
    /// Does the same if the member's link to reset the password still works, and uses the link up. `None`: it does not
    /// work. `tokens` are the possible stored forms of the link's token.
    async fn reset_password(
        &self,
        id: MemberId,
        tokens: &[SecretHash],
        new: &PasswordHash,
    ) -> Result<Option<PasswordChange>, StoreError>;
    /// Changes the role. Returns the open sessions, whose live records have to change. `None`: no such member.
    async fn set_role(&self, id: MemberId, role: Role) -> Result<Option<Affected>, StoreError>;
    /// Suspends or reinstates a member. `None`: no such member.
    async fn set_standing(
        &self,
        id: MemberId,
        standing: Standing,
    ) -> Result<Option<Affected>, StoreError>;
    /// Deletes the member if `verified` is still the stored hash. Of the sessions only their ends are kept. `None`: it
    /// is not, or there is no such member.
    async fn delete(
        &self,
        id: MemberId,
        verified: &PasswordHash,
    ) -> Result<Option<Affected>, StoreError>;
}
