//! The audit events of sessions, and the format of every audit event: a `tracing` event with the target `audit`, which
//! a log collector keeps for longer than the rest. `docs/logs.md` lists them.
//!
//! **Architecture Invariant:** an event holds ids, names of ours, numbers and the client's address, and nothing that
//! anybody typed: no secret, no token, no e-mail address, and nothing that could break its line. It is the only place
//! in the log that names a client's address.

use std::net::IpAddr;

use strum::IntoStaticStr;

use super::{Client, EndReason, MemberId, SessionId, SessionRow, authenticate::Authenticated};

/// A kind of audit event, which converts into its name in the log.
pub trait AuditEvent: Copy + Into<&'static str> {
    /// Returns whether it may be an attack, or a store that lost data; all others are routine.
    fn is_warning(self) -> bool;
}

/// The events of sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[cfg_attr(test, derive(strum::VariantArray))]
pub enum SessionEvent {
    /// A session began.
    #[strum(serialize = "session_created")]
    Created,
    /// Sessions ended: by somebody's decision, or past their time.
    #[strum(serialize = "session_expired")]
    Ended,
    /// A member asked to end a session that is not theirs, or that does not exist.
    #[strum(serialize = "authz_fail")]
    NotTheirs,
    /// A refresh token was presented that only a thief could have; the session ended.
    #[strum(serialize = "authn_token_reuse")]
    TokenReused,
    /// A refresh token was replayed late, which is forgiven now and then.
    #[strum(serialize = "session_late_replay")]
    LateReplay,
    /// A token proved that the database has lost rotations.
    #[strum(serialize = "session_ahead")]
    Ahead,
    /// A token was further ahead of its row than a failover explains.
    #[strum(serialize = "session_too_far_ahead")]
    TooFarAhead,
    /// The database had lost an end.
    #[strum(serialize = "session_end_forgotten")]
    EndForgotten,
}

impl AuditEvent for SessionEvent {
    fn is_warning(self) -> bool {
        !matches!(self, Self::Created | Self::Ended)
    }
}

/// The cause of an event. Has no `Debug`, so that no other line names the address.
#[derive(Clone, Copy, Default)]
pub enum By {
    /// A client, with its address if that is known.
    Client(Option<IpAddr>),
    /// The staff, at a terminal.
    Staff,
    /// The site itself, by one of its rules.
    #[default]
    Site,
}

/// Details of an event, as far as they are known.
#[derive(Clone, Copy, Default)]
pub struct Details<'a> {
    /// The member that it is about
    pub member: Option<MemberId>,
    /// The session that it is about, or in which it happened
    pub session: Option<SessionId>,
    /// Its cause
    pub by: By,
    /// The reason, as one of our own names: `[a-z_]` only
    pub reason: Option<&'a str>,
    /// Number of sessions, if there are several
    pub sessions: Option<u64>,
    /// The generation of the session's row
    pub generation: Option<u32>,
}

impl<'a> Details<'a> {
    /// An action of a client.
    #[must_use]
    pub fn by(client: &Client) -> Self {
        Self { by: By::Client(client.ip), ..Self::default() }
    }

    /// An action of the staff.
    #[must_use]
    pub fn by_staff() -> Self {
        Self { by: By::Staff, ..Self::default() }
    }

    /// An action, or an attempt, of a member in a session.
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

    /// For this reason, one of our own names.
    #[must_use]
    pub fn because(self, reason: &'a str) -> Self {
        Self { reason: Some(reason), ..self }
    }
}

/// Writes the line to the log.
pub fn record(event: impl AuditEvent, details: Details<'_>) {
    let (is_warning, name): (_, &str) = (event.is_warning(), event.into());
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
                name
            )
        };
    }
    if is_warning { line!(WARN) } else { line!(INFO) }
}

/// Records that sessions ended.
pub(crate) fn ended(reason: EndReason, details: Details<'_>) {
    let event = match reason {
        EndReason::Reuse => SessionEvent::TokenReused,
        _ => SessionEvent::Ended,
    };
    record(event, details.because(reason.as_str()));
}

/// Records what a refresh found about a session's row.
pub(crate) fn found(event: SessionEvent, row: &SessionRow, client: &Client) {
    let details = Details::by(client).of(row.member_id).in_session(row.id);
    record(event, Details { generation: Some(row.state.generation), ..details });
}

/// Returns whether a reason is one of our own names, and not foreign text.
pub(crate) fn is_name(reason: &str) -> bool {
    reason.len() <= 64 && reason.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
