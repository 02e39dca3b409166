//! Audit events: what the staff has to be able to look up about members, sessions and refusals. Each is one line in
//! the log with the target `audit`, which a log collector keeps for longer than the rest. `docs/logs.md` lists them.
//!
//! The names are those of OWASP's logging vocabulary where it has one
//! (<https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html>).
//!
//! **Architecture Invariant:** an event holds ids, names of ours, numbers and the client's address, and nothing that
//! anybody typed: no secret, no token, no e-mail address, and nothing that could break its line. It is the one
//! place in the log that names a client's address.

use std::net::IpAddr;

use crate::{
    account::member::MemberId,
    session::{Client, EndReason, SessionId, SessionRow, authenticate::Authenticated},
};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// A sign-up was taken, whether or not the address is known; not yet a member.
    SignedUp,
    /// An address was proven: there is a new member.
    UserCreated,
    /// A code or link did not prove the address.
    ConfirmationFailed,
    /// A member logged in.
    LogInSucceeded,
    /// Somebody did not get in, or a member could not prove again who they are.
    LogInFailed,
    /// The password was changed.
    PasswordChanged,
    /// It was not, because the present one was wrong.
    PasswordChangeFailed,
    /// Somebody asked for a link to replace a forgotten password, whether or not the address is known.
    PasswordResetRequested,
    /// A link did not replace the password: unknown, used, expired, or not the newest.
    PasswordResetFailed,
    /// The account was deleted.
    UserDeleted,
    /// The staff shut a member out, or let one in again.
    StandingChanged,
    /// The staff gave a member another role.
    RoleChanged,
    /// A request was refused (401 or 403), or asked for what is somebody else's.
    Refused,
    /// A limit was reached (429).
    LimitReached,
    /// A session began.
    SessionCreated,
    /// Sessions ended: by somebody's decision, or past their time.
    SessionEnded,
    /// A request came with the token of a session that is over.
    SessionUsedAfterEnd,
    /// A refresh token came that only a thief could present; the session ended.
    TokenReused,
    /// A refresh token was answered late, which is forgiven once in a while.
    LateReplay,
    /// A token proved that the database has lost rotations.
    Ahead,
    /// A token was further ahead of its row than a failover explains.
    TooFarAhead,
    /// The database had forgotten an end.
    EndForgotten,
}

impl Event {
    /// Every event there is.
    pub const ALL: [Self; 22] = [
        Self::SignedUp,
        Self::UserCreated,
        Self::ConfirmationFailed,
        Self::LogInSucceeded,
        Self::LogInFailed,
        Self::PasswordChanged,
        Self::PasswordChangeFailed,
        Self::PasswordResetRequested,
        Self::PasswordResetFailed,
        Self::UserDeleted,
        Self::StandingChanged,
        Self::RoleChanged,
        Self::Refused,
        Self::LimitReached,
        Self::SessionCreated,
        Self::SessionEnded,
        Self::SessionUsedAfterEnd,
        Self::TokenReused,
        Self::LateReplay,
        Self::Ahead,
        Self::TooFarAhead,
        Self::EndForgotten,
    ];

    /// The name in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedUp => "user_signed_up",
            Self::UserCreated => "user_created",
            Self::ConfirmationFailed => "user_confirm_fail",
            Self::LogInSucceeded => "authn_login_success",
            Self::LogInFailed => "authn_login_fail",
            Self::PasswordChanged => "authn_password_change",
            Self::PasswordChangeFailed => "authn_password_change_fail",
            Self::PasswordResetRequested => "authn_password_reset_request",
            Self::PasswordResetFailed => "authn_password_reset_fail",
            Self::UserDeleted => "user_deleted",
            Self::StandingChanged => "user_updated",
            Self::RoleChanged => "authz_change",
            Self::Refused => "authz_fail",
            Self::LimitReached => "excess_rate_limit_exceeded",
            Self::SessionCreated => "session_created",
            Self::SessionEnded => "session_expired",
            Self::SessionUsedAfterEnd => "session_use_after_expire",
            Self::TokenReused => "authn_token_reuse",
            Self::LateReplay => "session_late_replay",
            Self::Ahead => "session_ahead",
            Self::TooFarAhead => "session_too_far_ahead",
            Self::EndForgotten => "session_end_forgotten",
        }
    }

    /// Whether it may be an attack, or a store that lost something; the others are the ordinary course.
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
            | Self::SessionCreated
            | Self::SessionEnded
            | Self::SessionUsedAfterEnd => false,
            Self::ConfirmationFailed
            | Self::LogInFailed
            | Self::PasswordChangeFailed
            | Self::PasswordResetFailed
            | Self::Refused
            | Self::LimitReached
            | Self::TokenReused
            | Self::LateReplay
            | Self::Ahead
            | Self::TooFarAhead
            | Self::EndForgotten => true,
        }
    }
}

/// On whose behalf it happened. Has no `Debug`, so that no other line names the address.
#[derive(Clone, Copy, Default)]
pub enum By {
    /// A client's, with its address if that is known.
    Client(Option<IpAddr>),
    /// The staff's, at a terminal.
    Staff,
    /// The site's own, by one of its rules.
    #[default]
    Site,
}

/// What is known about an event. What is not known is left out.
#[derive(Clone, Copy, Default)]
pub struct Details<'a> {
    /// Whom it is about
    pub member: Option<MemberId>,
    /// The session that it is about, or in which it happened
    pub session: Option<SessionId>,
    /// Who made it happen
    pub by: By,
    /// Why, by a name of ours: `[a-z_]` alone
    pub reason: Option<&'a str>,
    /// How many sessions, where it is about several
    pub sessions: Option<u64>,
    /// The generation of the session's row
    pub generation: Option<u32>,
}

impl<'a> Details<'a> {
    /// Something that a client did.
    #[must_use]
    pub fn by(client: &Client) -> Self {
        Self { by: By::Client(client.ip), ..Self::default() }
    }

    /// Something that the staff did.
    #[must_use]
    pub fn by_staff() -> Self {
        Self { by: By::Staff, ..Self::default() }
    }

    /// Something that a member did, or tried, in a session.
    #[must_use]
    pub fn by_member(who: &Authenticated, client: &Client) -> Self {
        let (member, session) = (Some(who.session.member_id), Some(who.claims.session_id));
        Self { member, session, ..Self::by(client) }
    }

    /// About this member.
    #[must_use]
    pub fn of(self, member: MemberId) -> Self {
        Self { member: Some(member), ..self }
    }

    /// About this session.
    #[must_use]
    pub fn in_session(self, session: SessionId) -> Self {
        Self { session: Some(session), ..self }
    }

    /// For this reason, a name of ours.
    #[must_use]
    pub fn because(self, reason: &'a str) -> Self {
        Self { reason: Some(reason), ..self }
    }
}

/// Writes the line.
pub fn record(event: Event, details: Details<'_>) {
    let Details { member, session, by, reason, sessions, generation } = details;
    let (by, address) = match by {
        By::Client(address) => ("client", address),
        By::Staff => ("staff", None),
        By::Site => ("site", None),
    };
    let reason = reason.map(|reason| if is_name(reason) { reason } else { "other" });
    let generation = generation.map(u64::from);
    macro_rules! line {
        ($level:ident) => {
            tracing::event!(
                target: "audit",
                tracing::Level::$level,
                {
                    member.id = member.map(tracing::field::display),
                    session.id = session.map(tracing::field::display),
                    by,
                    client.address = address.map(tracing::field::display),
                    reason,
                    sessions,
                    generation,
                },
                "{}",
                event.as_str()
            )
        };
    }
    if event.is_warning() { line!(WARN) } else { line!(INFO) }
}

/// Records that a session ended.
pub(crate) fn ended(reason: EndReason, details: Details<'_>) {
    let event = match reason {
        EndReason::Reuse => Event::TokenReused,
        _ => Event::SessionEnded,
    };
    record(event, details.because(reason.as_str()));
}

/// Records what a refresh found out about a session's row.
pub(crate) fn found(event: Event, row: &SessionRow, client: &Client) {
    let details = Details::by(client).of(row.member_id).in_session(row.id);
    record(event, Details { generation: Some(row.generation), ..details });
}

/// Whether a reason is a name of ours, and no text that came from elsewhere.
fn is_name(reason: &str) -> bool {
    reason.len() <= 64 && reason.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests;
