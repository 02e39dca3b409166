//! Refresh: a refresh token becomes a fresh access token and, at most once per grace, its successor.
//!
//! The rules are [`decide`], a pure function over the row's state and the presented generation. Around it
//! the order matters: read, decide, open at the front desk, one conditional update. No lock and no
//! transaction is held across a call to the front desk, and nothing is consumed before it has answered.

use std::time::Duration;

use time::OffsetDateTime;

use crate::{
    ports::{Advance, Checked, Look, Opened, Ports, StoreError},
    refresh_token::{RefreshToken, RefreshTokenError},
    session::{EndReason, Lifetimes, SessionRow},
    start_session::{
        IssuedTokens, close_live_session, end_session, issue_tokens, open_live_session,
    },
};

/// A late replay is forgiven again after this many generations.
const LATE_REPLAY_PAUSE: u32 = 12;
/// How far a token may be ahead of its row: more rotations than a failover can lose.
const AHEAD_MAX: u32 = 32;
/// How often a row may move on under a refresh before it is told to come again.
const ATTEMPTS: usize = 4;

/// What is to be done with a presented generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The newest one, older than grace: make its successor.
    Rotate,
    /// The newest one, within grace: the same once more, with a fresh access token.
    Renew,
    /// The one before, within grace: the answer may still be under way; the newest once more.
    Replay,
    /// The one before, after grace: the last answer may have been lost. The newest once more, marked.
    LateReplay,
    /// The database lost its newest rotations; the token proves them.
    Ahead,
    /// Only a thief could present it: the session ends.
    Reuse,
    /// Further ahead than any failover explains: refused, and nothing is ended.
    TooFarAhead,
}

/// What [`decide`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct RowState {
    /// The newest generation that was issued
    pub generation: u32,
    /// Since when it is the newest
    pub rotated_ago: Duration,
    /// The generation that the last late replay answered
    pub late_replay: Option<u32>,
    /// Whether an access token of the newest generation was seen; unknown counts as unseen
    pub newest_seen: bool,
}

/// The rules of rotation; `docs/sessions.md` gives the reason for each.
#[must_use]
pub fn decide(row: RowState, presented: u32, grace: Duration) -> Outcome {
    let within_grace = row.rotated_ago <= grace;
    if presented > row.generation {
        return if presented - row.generation <= AHEAD_MAX {
            Outcome::Ahead
        } else {
            Outcome::TooFarAhead
        };
    }
    match (row.generation - presented, within_grace) {
        (0, false) => Outcome::Rotate,
        (0, true) => Outcome::Renew,
        (1, true) => Outcome::Replay,
        (1, false) if late_replay_is_forgiven(row) => Outcome::LateReplay,
        _ => Outcome::Reuse,
    }
}

fn late_replay_is_forgiven(row: RowState) -> bool {
    let Some(last) = row.late_replay else { return true };
    let paused = row.generation.saturating_sub(last) > LATE_REPLAY_PAUSE;
    let repeats_unseen = last == row.generation && !row.newest_seen;
    paused || repeats_unseen
}

/// Whether a session has ended by inactivity, if the front desk does not know it: it was last seen longer ago
/// than its idle timeout and what renewing and replaying leave unrecorded, the access lifetime and grace.
fn is_idle(row: &SessionRow, lifetimes: &Lifetimes) -> bool {
    row.seen_ago > row.idle_timeout + lifetimes.access + lifetimes.grace
}

/// Why a refresh was refused.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Signed by a key that this instance does not know. The cookies stay: another instance may know it.
    #[error("the refresh token's key is not known here")]
    UnknownKey,
    /// Not one that we issued, or of no session that there is.
    #[error("the refresh token is not one of ours")]
    Invalid,
    /// One that we issued, further ahead of its row than a failover explains. The cookies stay: what the
    /// token proves is not to be thrown away after a restore.
    #[error("the refresh token is too far ahead of its row")]
    TooFarAhead,
    /// The session is over.
    #[error("the session has ended: {}", .0.as_str())]
    Ended(EndReason),
    /// A store could not say. Nothing was consumed; the same token works again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The row moved on under every attempt. Nothing was consumed.
    #[error("the session row kept moving")]
    Contended,
}

impl From<RefreshTokenError> for RefreshError {
    fn from(error: RefreshTokenError) -> Self {
        match error {
            RefreshTokenError::UnknownKey => Self::UnknownKey,
            RefreshTokenError::Invalid => Self::Invalid,
        }
    }
}

/// Answers a refresh token with both tokens.
///
/// # Errors
/// [`RefreshError`]
pub async fn refresh(
    ports: &Ports,
    presented: &str,
    now: OffsetDateTime,
) -> Result<IssuedTokens, RefreshError> {
    let token = RefreshToken::verify(presented, &ports.keys)?;
    for _ in 0..ATTEMPTS {
        let row = read_row(ports, &token).await?;
        let outcome = decide_about(ports, &row, token.generation).await?;
        let (generation, advance) = match outcome {
            Outcome::Rotate => (row.generation + 1, Some(Advance::Rotate)),
            Outcome::Renew | Outcome::Replay => (row.generation, None),
            Outcome::LateReplay => (row.generation, Some(Advance::LateReplay)),
            Outcome::Ahead => (token.generation, Some(Advance::Ahead { to: token.generation })),
            Outcome::Reuse => {
                tracing::warn!(session.id = %row.id, "session.reuse");
                return Err(end_with(ports, &row, EndReason::Reuse).await?);
            }
            Outcome::TooFarAhead => {
                tracing::error!(session.id = %row.id, "session.too_far_ahead");
                return Err(RefreshError::TooFarAhead);
            }
        };
        if let Opened::Ended(reason) = open_live_session(ports, &row).await? {
            return Err(RefreshError::Ended(reason));
        }
        let stands = match advance {
            Some(advance) => ports.sessions.advance(row.id, row.generation, advance).await?,
            None => true,
        };
        if stands {
            log_outcome(&row, outcome);
            return Ok(issue_tokens(ports, &row, generation, now));
        }
    }
    Err(RefreshError::Contended)
}

/// The row, if it is the token's and has not ended; what ended it by age is written down first.
async fn read_row(ports: &Ports, token: &RefreshToken) -> Result<SessionRow, RefreshError> {
    let row = ports
        .sessions
        .find(token.session_id)
        .await?
        .filter(|row| token.is_keyed_by(&row.salt))
        .ok_or(RefreshError::Invalid)?;
    if let Some(reason) = row.ended {
        // The row ended while a live session was being opened, perhaps: put the tombstone there again.
        close_live_session(ports, row.id, reason).await;
        return Err(RefreshError::Ended(reason));
    }
    if row.remaining.is_zero() {
        return Err(end_with(ports, &row, EndReason::Absolute).await?);
    }
    if is_idle(&row, &ports.lifetimes) {
        // The row's "last seen" is as of the last refresh; the front desk knows of later requests.
        match ports.live.check(row.id, Look::Glance).await? {
            Checked::Live { .. } => {}
            Checked::Absent => return Err(end_with(ports, &row, EndReason::Idle).await?),
            Checked::Ended(reason) => return Err(RefreshError::Ended(reason)),
        }
    }
    Ok(row)
}

async fn decide_about(
    ports: &Ports,
    row: &SessionRow,
    presented: u32,
) -> Result<Outcome, StoreError> {
    let mut state = RowState {
        generation: row.generation,
        rotated_ago: row.rotated_ago,
        late_replay: row.late_replay,
        newest_seen: true,
    };
    let outcome = decide(state, presented, ports.lifetimes.grace);
    if outcome != Outcome::Reuse || row.late_replay != Some(row.generation) {
        return Ok(outcome);
    }
    // Only now does it matter whether the newest access token ever arrived: ask.
    state.newest_seen = match ports.live.check(row.id, Look::Glance).await? {
        Checked::Live { session, .. } => session.newest_generation >= row.generation,
        Checked::Absent | Checked::Ended(_) => false,
    };
    Ok(decide(state, presented, ports.lifetimes.grace))
}

async fn end_with(
    ports: &Ports,
    row: &SessionRow,
    reason: EndReason,
) -> Result<RefreshError, StoreError> {
    let standing = end_session(ports, row.id, reason).await?;
    Ok(standing.map_or(RefreshError::Invalid, RefreshError::Ended))
}

fn log_outcome(row: &SessionRow, outcome: Outcome) {
    match outcome {
        Outcome::LateReplay => tracing::warn!(session.id = %row.id, "session.late_replay"),
        Outcome::Ahead => tracing::warn!(session.id = %row.id, "session.ahead"),
        _ => tracing::debug!(session.id = %row.id, ?outcome, "session.refreshed"),
    }
}

#[cfg(test)]
mod tests;
