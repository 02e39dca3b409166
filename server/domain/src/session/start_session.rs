//! The one way in which a session begins, whatever proved who the member is. It always has a new id.

use time::OffsetDateTime;

use super::{
    Client, EndReason, IssuedTokens, LiveSession, MemberId, Persistence, Salt, SessionId,
    SessionRow, StoreError,
    access_token::AccessGrant,
    audit::{self, Details, SessionEvent},
    authenticate::Presented,
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
    /// The member's authority version when they proved it
    pub authority_version: i64,
    /// Whether to be kept signed in
    pub persistence: Persistence,
    /// The browser
    pub client: Client,
}

/// Why no session began.
#[derive(Debug, thiserror::Error)]
pub enum StartSessionError {
    /// Password, standing or role changed since the proof, or the member may not sign in.
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
        // A row whose tokens nobody gets must not stay.
        mark_and_close(resources, row.id, EndReason::Revoked, details).await?;
        return Err(error);
    }
    counters::created();
    audit::record(SessionEvent::Created, details.in_session(row.id));
    Ok(issue_tokens(resources, &row, row.state.generation, now))
}

/// Inserts the row, and closes what had to end to make room for it.
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

/// Begins a session in the place of the one whose tokens came along, which ends.
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
        // Whoever is signed in here stays so; a session that nobody holds must not be.
        let details = Details::by(&client).of(tokens.member_id);
        mark_and_close(resources, tokens.session_id, EndReason::Revoked, details).await?;
        return Err(error.into());
    }
    Ok(tokens)
}

async fn open_and_confirm(
    resources: &Resources,
    row: &SessionRow,
) -> Result<(), StartSessionError> {
    let opened = open_live_session(resources, row).await?;
    // Ended within this millisecond, by "log out everywhere" for instance: that end stands.
    if opened != Opened::Live || !resources.rows.confirm(row).await? {
        return Err(StartSessionError::MemberChanged);
    }
    Ok(())
}

/// Brings a row to the front desk, with the member's role of now.
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
