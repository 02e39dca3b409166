//! Refresh: a refresh token becomes a fresh access token and, at most once per grace, its successor.
//!
//! The rules are [`rotation::decide`](crate::session::rotation::decide). Around it the order matters: read, decide, open
//! at the front desk, one conditional statement. No lock and no transaction is held across a call to the front
//! desk, nothing is consumed before it has answered, and nothing is answered that the row has not confirmed
//! after that.

use time::OffsetDateTime;

use crate::{
    audit::{self, Details, Event},
    counters,
    limits::{Limit, Limited},
    mail::tell_of_reuse::tell_of_reuse,
    ports::{Advance, Advanced, Checked, Ending, Look, Opened, Ports, StoreError},
    session::{
        Client, EndReason, Lifetimes, SessionRow, StoredSession,
        endings::{close_live_session, mark_and_close, mark_and_close_as_read},
        flights::Departure,
        refresh_token::{RefreshToken, RefreshTokenError},
        rotation::{Decision, FrontDesk, Move, RowState, decide, decide_again},
        start_session::{IssuedTokens, issue_tokens, open_live_session},
    },
};

/// How often a row may move on under a refresh before it is told to come again.
const ATTEMPTS: usize = 4;

/// [`decide`], or [`decide_again`] for a row that has moved on under the refresh
type Rules = fn(&RowState, u32, FrontDesk, &Lifetimes) -> Decision;

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
    /// The session was refreshed too often. Nothing was consumed; the same token works again.
    #[error(transparent)]
    Limited(#[from] Limited),
    /// A store could not say. Nothing was consumed; the same token works again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The row moved on under every attempt. Nothing was consumed.
    #[error("the session row kept moving")]
    Contended,
}

impl RefreshError {
    fn counted_as(&self) -> &'static str {
        match self {
            Self::UnknownKey => "unknown_key",
            Self::Invalid => "invalid",
            Self::TooFarAhead => "too_far_ahead",
            Self::Ended(reason) => reason.as_str(),
            Self::Limited(_) => "rate_limited",
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
                    let (ports, token, client) = (&ports, &token, &client);
                    Refresh { ports, token, client, now, departure }.answer().await
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

/// A refresh whose token is one that we issued, on its way from the row to its answer.
struct Refresh<'a> {
    ports: &'a Ports,
    token: &'a RefreshToken,
    client: &'a Client,
    now: OffsetDateTime,
    departure: Departure,
}

/// What one attempt came to, if it was not refused.
enum Attempt {
    /// Both tokens, confirmed by the row
    Answered(IssuedTokens),
    /// The row has moved on since it was read, so it is to be decided about again
    Overtaken,
}

impl Refresh<'_> {
    async fn answer(mut self) -> Result<IssuedTokens, RefreshError> {
        // Once a flight, however many share it, and only for tokens that we issued.
        let session_id = self.token.session_id.to_string();
        self.ports.limits.take(Limit::RefreshesOfSession, &session_id).await?;
        for attempt in 0..ATTEMPTS {
            let rules = if attempt == 0 { decide } else { decide_again };
            if let Attempt::Answered(tokens) = self.attempt(rules).await? {
                return Ok(tokens);
            }
        }
        Err(RefreshError::Contended)
    }

    async fn attempt(&mut self, rules: Rules) -> Result<Attempt, RefreshError> {
        let Self { ports, token, .. } = *self;
        let stored = ports
            .sessions
            .find(token.session_id)
            .await?
            .filter(|stored| token.is_keyed_by(stored.salt()))
            .ok_or(RefreshError::Invalid)?;
        let decision = self.decide_about(&stored, rules).await?;
        let row = match stored {
            StoredSession::Open(row) => row,
            StoredSession::Ended { reason, .. } => {
                // It may have ended while this opened the live session: put the tombstone there again.
                close_live_session(ports, token.session_id, reason).await;
                return Err(RefreshError::Ended(reason));
            }
        };
        match decision {
            Decision::Answer(by) => self.answer_by(by, &row).await,
            Decision::End(reason) => {
                let has_ended = end(ports, &row, reason, self.client).await?;
                if has_ended { Err(RefreshError::Ended(reason)) } else { Ok(Attempt::Overtaken) }
            }
            Decision::Over(reason) => Err(ended_before(ports, &row, reason, self.client).await?),
            Decision::TooFarAhead => {
                audit::found(Event::TooFarAhead, &row, self.client);
                Err(RefreshError::TooFarAhead)
            }
            Decision::ComeAgain | Decision::AskFrontDesk => Err(RefreshError::Contended),
        }
    }

    /// Decides by the row alone where that is enough, and asks the front desk only where it matters.
    async fn decide_about(
        &self,
        stored: &StoredSession,
        rules: Rules,
    ) -> Result<Decision, StoreError> {
        let Self { ports, token, .. } = *self;
        let state = RowState::from(stored);
        let by_rules = |desk| rules(&state, token.generation, desk, &ports.lifetimes);
        let decision = by_rules(FrontDesk::NotAsked);
        if decision != Decision::AskFrontDesk {
            return Ok(decision);
        }
        let desk = match ports.live.check(token.session_id, Look::Glance).await? {
            Checked::Live { session, .. } => {
                FrontDesk::Live { newest_seen: session.newest_generation }
            }
            Checked::Absent => FrontDesk::Absent,
            Checked::Ended(reason) => FrontDesk::Ended(reason),
        };
        Ok(by_rules(desk))
    }

    /// Opens the live session, then has the row confirm what is answered: nothing that the front desk could not
    /// take is consumed, and nothing that has ended meanwhile is answered.
    async fn answer_by(&mut self, by: Move, row: &SessionRow) -> Result<Attempt, RefreshError> {
        let Self { ports, token, client, now, .. } = *self;
        if let Opened::Ended(reason) = open_live_session(ports, row).await? {
            return Err(ended_before(ports, row, reason, client).await?);
        }
        self.departure.close_doors();
        let answered = by.answered(row.generation, token.generation);
        match ports.sessions.advance(Advance { row, by, answered, client }).await? {
            Advanced::Not => return Ok(Attempt::Overtaken),
            Advanced::DoneFromElsewhere => counters::replayed_from_elsewhere(),
            Advanced::Done => {}
        }
        counters::refreshed(by);
        note(by, row, client);
        Ok(Attempt::Answered(issue_tokens(ports, row, answered, now)))
    }
}

fn note(by: Move, row: &SessionRow, client: &Client) {
    match by {
        Move::LateReplay => audit::found(Event::LateReplay, row, client),
        Move::Ahead => audit::found(Event::Ahead, row, client),
        Move::Rotate | Move::Renew | Move::Replay => {
            tracing::debug!(session.id = %row.id, outcome = by.as_str(), "session.refreshed");
        }
    }
}

/// Ends what the row says is over. `false`: the row has changed since it was read, so it is to be decided again.
async fn end(
    ports: &Ports,
    row: &SessionRow,
    reason: EndReason,
    client: &Client,
) -> Result<bool, StoreError> {
    let has_ended = mark_and_close_as_read(ports, row, reason, Details::by(client)).await?;
    if has_ended && reason == EndReason::Reuse {
        tell_of_reuse(ports, row.member_id);
    }
    Ok(has_ended)
}

/// A tombstone stands where the row was open when it was read. Either it ended in between, or a failover of the
/// database has forgotten the end: then the row is marked again, before the tombstone expires as well.
async fn ended_before(
    ports: &Ports,
    row: &SessionRow,
    reason: EndReason,
    client: &Client,
) -> Result<RefreshError, StoreError> {
    let details = Details::default().of(row.member_id);
    if mark_and_close(ports, row.id, reason, details).await? == Some(Ending::Now) {
        audit::found(Event::EndForgotten, row, client);
    }
    Ok(RefreshError::Ended(reason))
}

#[cfg(test)]
mod tests;
