//! The one way in which a session begins, whatever proved who the member is. It always has a new id.

use std::time::Duration;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{
    access_token::{AccessGrant, IssuedAccessToken},
    counters,
    endings::mark_and_close,
    member::MemberId,
    password::PasswordHash,
    ports::{NewSession, Opened, Ports, StoreError},
    refresh_token::RefreshToken,
    session::{Client, EndReason, LiveSession, Persistence, Salt, SessionId, SessionRow},
};

/// Both tokens of a session, for the cookies alone.
#[derive(Clone)]
pub struct IssuedTokens {
    /// The session
    pub session_id: SessionId,
    /// The member
    pub member_id: MemberId,
    /// The access token
    pub access: IssuedAccessToken,
    /// The refresh token
    pub refresh: Zeroizing<String>,
    /// Whether the cookies outlive the browser's being closed
    pub persistence: Persistence,
    /// The time until the session's absolute end
    pub session_expires_in: Duration,
}

impl std::fmt::Debug for IssuedTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedTokens").field("session_id", &self.session_id).finish_non_exhaustive()
    }
}

/// Who signs in, from where, and for how long.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The member
    pub member_id: MemberId,
    /// The hash that was verified
    pub verified_hash: PasswordHash,
    /// Whether to be kept signed in
    pub persistence: Persistence,
    /// The browser
    pub client: Client,
}

/// Why no session began.
#[derive(Debug, thiserror::Error)]
pub enum StartSessionError {
    /// Password or standing changed between verifying and now.
    #[error("the member changed meanwhile")]
    MemberChanged,
    /// A store could not say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Begins a session: row first, then the front desk, then the tokens. Between the last two the row confirms that it
/// still stands: it may have ended, or the member's authority changed, before the front desk heard of the session.
///
/// # Errors
/// [`StartSessionError`]
pub async fn start_session(
    ports: &Ports,
    sign_in: SignIn,
    now: OffsetDateTime,
) -> Result<IssuedTokens, StartSessionError> {
    let new = NewSession {
        id: SessionId::random(),
        member_id: sign_in.member_id,
        verified_hash: sign_in.verified_hash,
        salt: Salt::random(),
        persistence: sign_in.persistence,
        idle_timeout: ports.lifetimes.idle_of(sign_in.persistence),
        absolute_timeout: ports.lifetimes.absolute_of(sign_in.persistence),
        client: sign_in.client,
    };
    let row = ports.sessions.start(&new).await?.ok_or(StartSessionError::MemberChanged)?;
    if let Err(error) = open_and_confirm(ports, &row).await {
        // A row whose tokens nobody gets must not stay.
        mark_and_close(ports, row.id, EndReason::Revoked).await?;
        return Err(error);
    }
    counters::created();
    Ok(issue_tokens(ports, &row, row.generation, now))
}

async fn open_and_confirm(ports: &Ports, row: &SessionRow) -> Result<(), StartSessionError> {
    let opened = open_live_session(ports, row).await?;
    // Ended within this millisecond, by "log out everywhere" for instance: that end stands.
    if opened != Opened::Live || !ports.sessions.confirm(row).await? {
        return Err(StartSessionError::MemberChanged);
    }
    Ok(())
}

/// Brings a row to the front desk, with the member's role of now.
pub(crate) async fn open_live_session(
    ports: &Ports,
    row: &SessionRow,
) -> Result<Opened, StoreError> {
    let live = LiveSession {
        member_id: row.member_id,
        role: row.role,
        authority_version: row.authority_version,
        authenticated_at: row.created_at,
        absolute_end: row.absolute_end,
        newest_generation: 0,
    };
    ports.live.open(row.id, &live).await
}

/// The tokens of one generation of a session.
pub(crate) fn issue_tokens(
    ports: &Ports,
    row: &SessionRow,
    generation: u32,
    now: OffsetDateTime,
) -> IssuedTokens {
    let grant = AccessGrant {
        member_id: row.member_id,
        session_id: row.id,
        generation,
        absolute_end: row.absolute_end,
    };
    IssuedTokens {
        session_id: row.id,
        member_id: row.member_id,
        access: ports.access_tokens.issue(grant, now),
        refresh: RefreshToken::issue(&ports.keys, row.id, generation, &row.salt),
        persistence: row.persistence,
        session_expires_in: row.remaining,
    }
}
