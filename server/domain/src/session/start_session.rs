//! The one way in which a session begins, whatever the proof of identity. It always has a new id.

use time::OffsetDateTime;

use super::{
    Client, EndReason, IssuedTokens, LiveSession, MemberId, Persistence, Salt, SessionId,
    SessionRow, StoreError,
    access_token::AccessGrant,
    audit::{self, Details, SessionEvent},
    authenticate::Presented,
    causes::causes,
    counters,
    endings::{close_all, mark_and_close, uncancellable},
    log_out::log_out,
    ports::{Affected, NewSession, Opened, Started},
    refresh_token::RefreshToken,
    resources::Resources,
};

/// A member who has proved who they are, and signs in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The member
    pub member_id: MemberId,
    /// The member's authority version at the proof
    pub authority_version: i64,
    /// Lifetime of the cookies
    pub persistence: Persistence,
    /// The browser
    pub client: Client,
}

/// Reason why no session began.
#[derive(Debug, thiserror::Error)]
pub enum StartSessionError {
    /// Password, standing or role changed since the proof, or the member may not sign in.
    #[error("the member changed meanwhile")]
    MemberChanged,
    /// A store is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Begins a session: first the row, then the live session, then the tokens. Before tokens are issued, the row confirms
/// that nothing has changed: it may have ended, or the member's authority may have changed, before there was a live
/// session. If the member has the maximum of sessions already, the oldest ends.
///
/// # Errors
/// [`StartSessionError`]
pub async fn start_session(
    resources: &Resources,
    sign_in: SignIn,
    now: OffsetDateTime,
) -> Result<IssuedTokens, StartSessionError> {
    let member_id = sign_in.member_id;
    let details = Details::by(&sign_in.client).of(member_id);
    let new = NewSession {
        id: SessionId::random(),
        member_id,
        authority_version: sign_in.authority_version,
        salt: Salt::random(),
        persistence: sign_in.persistence,
        idle_timeout: resources.lifetimes.idle_of(sign_in.persistence),
        absolute_timeout: resources.lifetimes.absolute_of(sign_in.persistence),
        client: sign_in.client,
    };
    let row = insert(resources, new, details).await?.ok_or(StartSessionError::MemberChanged)?;
    if let Err(error) = open_and_confirm(resources, &row).await {
        // A row whose tokens are not delivered must not stay open.
        mark_and_close(resources, row.id, EndReason::Revoked, details).await?;
        return Err(error);
    }
    counters::created();
    audit::record(SessionEvent::Created, details.in_session(row.id));
    Ok(issue_tokens(resources, &row, row.state.generation, now))
}

/// Inserts the row, and closes the sessions that ended to make room for it.
async fn insert(
    resources: &Resources,
    new: NewSession,
    details: Details<'static>,
) -> Result<Option<SessionRow>, StoreError> {
    uncancellable(resources, move |resources| async move {
        let started = resources.rows.start(&new, resources.sessions_max).await?;
        let Some(Started { row, displaced }) = started else { return Ok(None) };
        let displaced = Affected { count: displaced.len() as u64, named: displaced };
        close_all(&resources, displaced, EndReason::Revoked, details).await;
        Ok(Some(row))
    })
    .await
}

/// Begins a session in place of the one whose tokens were presented, which ends.
///
/// # Errors
/// [`StartSessionError`]. No new session is left then.
pub(crate) async fn replace_session(
    resources: &Resources,
    sign_in: SignIn,
    presented: Presented<'_>,
    now: OffsetDateTime,
) -> Result<IssuedTokens, StartSessionError> {
    let client = sign_in.client.clone();
    let tokens = start_session(resources, sign_in, now).await?;
    if let Err(error) = log_out(resources, presented, &client, now).await {
        // The previous session goes on; the new one, whose tokens are not delivered, must not.
        let details = Details::by(&client).of(tokens.member_id);
        mark_and_close(resources, tokens.session_id, EndReason::Revoked, details).await?;
        return Err(error.into());
    }
    Ok(tokens)
}

/// Returns the tokens if the session began, after a change that stands in either case. `None`: the member logs in next.
/// A failed store is logged.
pub(crate) fn if_started(started: Result<IssuedTokens, StartSessionError>) -> Option<IssuedTokens> {
    if let Err(StartSessionError::Store(error)) = &started {
        tracing::warn!(error = %causes(error), "session.not_started");
    }
    started.ok()
}

async fn open_and_confirm(
    resources: &Resources,
    row: &SessionRow,
) -> Result<(), StartSessionError> {
    let opened = open_live_session(resources, row).await?;
    // If it has just ended, for instance by "log out everywhere", that end stands.
    if opened != Opened::Live || !resources.rows.confirm(row).await? {
        return Err(StartSessionError::MemberChanged);
    }
    Ok(())
}

/// Opens the live session of a row, with the member's current role.
pub(crate) async fn open_live_session(
    resources: &Resources,
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
    resources.live.open(row.id, &live).await
}

/// The tokens of one generation of a session.
pub(crate) fn issue_tokens(
    resources: &Resources,
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
        access: resources.access_tokens.issue(grant, now),
        refresh: RefreshToken::issue(&resources.keys, row.id, generation, &row.salt),
        persistence: row.persistence,
        session_expires_in: row.state.remaining,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
}
