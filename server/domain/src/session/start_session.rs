//! The one way in which a session begins, whatever proved who the member is. It always has a new id.

use std::time::Duration;

use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{
    account::member::MemberId,
    audit::{self, Details, Event},
    counters,
    credentials::password::PasswordHash,
    ports::{Affected, NewSession, Opened, Ports, Started, StoreError},
    session::{
        Client, EndReason, LiveSession, Persistence, Salt, SessionId, SessionRow,
        access_token::{AccessGrant, IssuedAccessToken},
        authenticate::Presented,
        endings::{close_all, mark_and_close, to_the_end},
        log_out::log_out,
        refresh_token::RefreshToken,
    },
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
/// Where the member had all the sessions that one may have, the oldest ends.
///
/// # Errors
/// [`StartSessionError`]
pub async fn start_session(
    ports: &Ports,
    sign_in: SignIn,
    now: OffsetDateTime,
) -> Result<IssuedTokens, StartSessionError> {
    let member_id = sign_in.member_id;
    let details = Details::by(&sign_in.client).of(member_id);
    let new = NewSession {
        id: SessionId::random(),
        member_id,
        verified_hash: sign_in.verified_hash,
        salt: Salt::random(),
        persistence: sign_in.persistence,
        idle_timeout: ports.lifetimes.idle_of(sign_in.persistence),
        absolute_timeout: ports.lifetimes.absolute_of(sign_in.persistence),
        client: sign_in.client,
    };
    let row = insert(ports, new, details).await?.ok_or(StartSessionError::MemberChanged)?;
    if let Err(error) = open_and_confirm(ports, &row).await {
        // A row whose tokens nobody gets must not stay.
        mark_and_close(ports, row.id, EndReason::Revoked, details).await?;
        return Err(error);
    }
    counters::created();
    audit::record(Event::SessionCreated, details.in_session(row.id));
    Ok(issue_tokens(ports, &row, row.generation, now))
}

/// Inserts the row, and closes what had to end to make room for it.
async fn insert(
    ports: &Ports,
    new: NewSession,
    details: Details<'static>,
) -> Result<Option<SessionRow>, StoreError> {
    to_the_end(ports, move |ports| async move {
        let started = ports.sessions.start(&new, ports.sessions_max).await?;
        let Some(Started { row, displaced }) = started else { return Ok(None) };
        let displaced = Affected { count: displaced.len() as u64, named: displaced };
        close_all(&ports, displaced, EndReason::Revoked, details).await;
        Ok(Some(row))
    })
    .await
}

/// Begins a session in the place of the one whose tokens came along, which ends.
///
/// # Errors
/// [`StartSessionError`]. No new session is left then.
pub(crate) async fn replace_session(
    ports: &Ports,
    sign_in: SignIn,
    presented: Presented<'_>,
    now: OffsetDateTime,
) -> Result<IssuedTokens, StartSessionError> {
    let client = sign_in.client.clone();
    let tokens = start_session(ports, sign_in, now).await?;
    if let Err(error) = log_out(ports, presented, &client, now).await {
        // Whoever is signed in here stays so; a session that nobody holds must not be.
        let details = Details::by(&client).of(tokens.member_id);
        mark_and_close(ports, tokens.session_id, EndReason::Revoked, details).await?;
        return Err(error.into());
    }
    Ok(tokens)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::InMemory;

    #[tokio::test]
    async fn a_log_in_beyond_the_bound_ends_the_oldest_session_at_once() {
        let world = InMemory::default();
        world.allow_sessions(3);
        let oldest = world.signed_in(Persistence::Remembered).await;
        let mut browsers = Vec::new();
        for _ in 0..3 {
            world.pass(Duration::from_secs(1));
            browsers.push(world.signed_in_as(oldest.member_id, Persistence::Browser).await);
        }
        assert_eq!(oldest.refusal(&world).await, EndReason::Revoked);
        for browser in browsers {
            browser.authenticated(&world).await;
        }
    }

    #[tokio::test]
    async fn a_session_that_is_past_its_time_makes_room_before_an_older_one_that_is_not() {
        let world = InMemory::default();
        world.allow_sessions(2);
        let older = world.signed_in(Persistence::Remembered).await;
        let idle = world.signed_in_as(older.member_id, Persistence::Browser).await;
        world.pass(Duration::from_secs(3600));
        world.signed_in_as(older.member_id, Persistence::Browser).await;
        assert_eq!(world.ended(idle.session_id), Some(EndReason::Revoked));
        assert_eq!(world.ended(older.session_id), None);
    }

    #[tokio::test]
    async fn the_sessions_of_others_take_no_place() {
        let world = InMemory::default();
        world.allow_sessions(1);
        let hana = world.signed_in(Persistence::Browser).await;
        world.signed_in(Persistence::Browser).await;
        hana.authenticated(&world).await;
    }
}
