//! Audit events: what the staff has to be able to look up about members, sessions and refusals. `docs/logs.md` lists
//! them; those of sessions, and the form of a line, are in [`session::audit`](crate::session::audit).
//!
//! The names are those of OWASP's logging vocabulary where it has one
//! (<https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html>).

use strum::IntoStaticStr;

pub use crate::session::audit::{AuditEvent, By, Details, record};

/// The events of accounts, credentials and refused requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[cfg_attr(test, derive(strum::VariantArray))]
pub enum Event {
    /// A sign-up was accepted, whether or not the address is known. There is no new member yet.
    #[strum(serialize = "user_signed_up")]
    SignedUp,
    /// An address was proven: there is a new member.
    #[strum(serialize = "user_created")]
    UserCreated,
    /// A code or link did not prove the address.
    #[strum(serialize = "user_confirm_fail")]
    ConfirmationFailed,
    /// A member logged in.
    #[strum(serialize = "authn_login_success")]
    LogInSucceeded,
    /// A log-in failed, or a member could not prove again who they are.
    #[strum(serialize = "authn_login_fail")]
    LogInFailed,
    /// The password was changed.
    #[strum(serialize = "authn_password_change")]
    PasswordChanged,
    /// The password was not changed, because the current one was wrong.
    #[strum(serialize = "authn_password_change_fail")]
    PasswordChangeFailed,
    /// A link to replace a forgotten password was requested, whether or not the address is known.
    #[strum(serialize = "authn_password_reset_request")]
    PasswordResetRequested,
    /// A link did not replace the password: unknown, used, expired, or not the newest.
    #[strum(serialize = "authn_password_reset_fail")]
    PasswordResetFailed,
    /// The account was deleted.
    #[strum(serialize = "user_deleted")]
    UserDeleted,
    /// The staff suspended or reinstated a member.
    #[strum(serialize = "user_updated")]
    StandingChanged,
    /// The staff gave a member another role.
    #[strum(serialize = "authz_change")]
    RoleChanged,
    /// A request was refused (401 or 403).
    #[strum(serialize = "authz_fail")]
    Refused,
    /// A limit was reached (429).
    #[strum(serialize = "excess_rate_limit_exceeded")]
    LimitReached,
    /// A request came with the token of a session that is over.
    #[strum(serialize = "session_use_after_expire")]
    SessionUsedAfterEnd,
}

impl AuditEvent for Event {
    fn is_warning(self) -> bool {
        match self {
            Self::SignedUp
            | Self::UserCreated
            | Self::LogInSucceeded
            | Self::PasswordChanged
            | Self::PasswordResetRequested
            | Self::UserDeleted
            | Self::StandingChanged
            | Self::RoleChanged
            | Self::SessionUsedAfterEnd => false,
            Self::ConfirmationFailed
            | Self::LogInFailed
            | Self::PasswordChangeFailed
            | Self::PasswordResetFailed
            | Self::Refused
            | Self::LimitReached => true,
        }
    }
}

#[cfg(test)]
mod tests;
