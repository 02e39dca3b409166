//! Refresh: a refresh token becomes a fresh access token and, at most once per grace, its successor.
//!
//! The rules are [`rotation::decide`](crate::rotation::decide). Around it the order matters: read, decide, open
//! at the front desk, one conditional statement. No lock and no transaction is held across a call to the front
//! desk, nothing is consumed before it has answered, and nothing is answered that the row has not confirmed
//! after that.

use time::OffsetDateTime;

use crate::{
    audit, counters,
    endings::{close_live_session, mark_and_close_as_read},
    flights::Departure,
    ports::{Advance, Advanced, Checked, Look, Opened, Ports, StoreError},
    refresh_token::{RefreshToken, RefreshTokenError},
    rotation::{Decision, FrontDesk, RowState, decide, decide_again},
    session::{Client, EndReason, Refusal, SessionRow, StoredSession},
    start_session::{IssuedTokens, issue_tokens, open_live_session},
    tell_of_reuse::tell_of_reuse,
};

/// How often a row may move on under a refresh before it is told to come again.
const ATTEMPTS: usize = 4;

/// Why a refresh was refused.
#[derive(Debug, Clone, thiserror::Error)]
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

impl RefreshError {
    /// What it comes to for whoever asked; `None`: the answer is not known, and they come again.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::UnknownKey | Self::Invalid | Self::TooFarAhead => Some(Refusal::Invalid),
            Self::Ended(reason) => Some(Refusal::Ended(*reason)),
            Self::Store(_) | Self::Contended => None,
        }
    }

    fn counted_as(&self) -> &'static str {
        match self {
            Self::UnknownKey => "unknown_key",
            Self::Invalid => "invalid",
            Self::TooFarAhead => "too_far_ahead",
            Self::Ended(reason) => reason.as_str(),
            Self::Store(_) => "store_error",
            Self::Contended => "contended",
        }
    }
}

impl From<RefreshTokenError> for RefreshError {
    fn from(error: RefreshTokenError) -> Self {
        match error {
            RefreshTokenError::UnknownKey => Self::UnknownKey,
            RefreshTokenError::Invalid => Self::Invalid,
        }
    }
}

/// Answers a refresh token with both tokens. Equal requests of this instance share one answer.
///
/// # Errors
/// [`RefreshError`]
pub async fn refresh(
    ports: &Ports,
    presented: &str,
    client: &Client,
    now: OffsetDateTime,
) -> Result<IssuedTokens, RefreshError> {
    let answer = match RefreshToken::verify(presented, &ports.keys) {
        Err(error) => Err(error.into()),
        Ok(token) => {
            let fly = {
                let (ports, token, client) = (ports.clone(), token.clone(), client.clone());
                move |departure| async move {
                    refresh_verified(&ports, &token, &client, now, departure).await
                }
            };
            ports.flights.board(token, client.clone(), fly).await
        }
    };
    if let Err(error) = &answer {
        counters::refresh_refused(error.counted_as());
    }
    answer
}

async fn refresh_verified(
    ports: &Ports,
    token: &RefreshToken,
    client: &Client,
    now: OffsetDateTime,
    mut departure: Departure,
) -> Result<IssuedTokens, RefreshError> {
    for attempt in 0..ATTEMPTS {
        let stored = ports
            .sessions
            .find(token.session_id)
            .await?
            .filter(|stored| token.is_keyed_by(stored.salt()))
            .ok_or(RefreshError::Invalid)?;
        let decision = decide_about(ports, token, &stored, attempt).await?;
        let row = match stored {
            StoredSession::Open(row) => row,
            StoredSession::Ended { reason, .. } => {
                // It may have ended while this opened the live session: put the tombstone there again.
                close_live_session(ports, token.session_id, reason).await;
                return Err(RefreshError::Ended(reason));
            }
        };
        let by = match decision {
            Decision::Answer(by) => by,
            Decision::End(reason) => {
                if end(ports, &row, reason).await? {
                    return Err(RefreshError::Ended(reason));
                }
                continue;
            }
            Decision::Over(reason) => return Err(RefreshError::Ended(reason)),
            Decision::TooFarAhead => {
                audit::too_far_ahead(&row);
                return Err(RefreshError::TooFarAhead);
            }
            Decision::ComeAgain | Decision::AskFrontDesk => return Err(RefreshError::Contended),
        };
        if let Opened::Ended(reason) = open_live_session(ports, &row).await? {
            return Err(RefreshError::Ended(reason));
        }
        departure.close_doors();
        let answered = by.answered(row.generation, token.generation);
        let advance = Advance { row: &row, by, answered, client };
        match ports.sessions.advance(advance).await? {
            Advanced::Not => {}
            advanced => {
                if advanced == Advanced::DoneFromElsewhere {
                    counters::replayed_from_elsewhere();
                }
                counters::refreshed(by);
                audit::refreshed(&row, by);
                return Ok(issue_tokens(ports, &row, answered, now));
            }
        }
    }
    Err(RefreshError::Contended)
}

/// Decides by the row alone where that is enough, and asks the front desk only where it matters.
async fn decide_about(
    ports: &Ports,
    token: &RefreshToken,
    stored: &StoredSession,
    attempt: usize,
) -> Result<Decision, StoreError> {
    let state = RowState::from(stored);
    let rules = if attempt == 0 { decide } else { decide_again };
    let decide = |desk| rules(&state, token.generation, desk, &ports.lifetimes);
    let decision = decide(FrontDesk::NotAsked);
    if decision != Decision::AskFrontDesk {
        return Ok(decision);
    }
    let desk = match ports.live.check(token.session_id, Look::Glance).await? {
        Checked::Live { session, .. } => FrontDesk::Live { newest_seen: session.newest_generation },
        Checked::Absent => FrontDesk::Absent,
        Checked::Ended(reason) => FrontDesk::Ended(reason),
    };
    Ok(decide(desk))
}

/// Ends what the row says is over. `false`: the row has changed since it was read, so it is to be decided again.
async fn end(ports: &Ports, row: &SessionRow, reason: EndReason) -> Result<bool, StoreError> {
    let has_ended = mark_and_close_as_read(ports, row, reason).await?;
    if has_ended && reason == EndReason::Reuse {
        audit::reuse(row);
        tell_of_reuse(ports, row.member_id);
    }
    Ok(has_ended)
}

#[cfg(test)]
mod tests;
