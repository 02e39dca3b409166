//! Refresh: a refresh token is exchanged for a fresh access token and, at most once per grace period, its successor.
//!
//! The rules are [`decide`]. Around them the order matters: read, decide, open the live session, then one conditional
//! statement. No lock and no transaction is held across a call to the live-session store, nothing is consumed before
//! that store has replied, and nothing is answered that the row has not confirmed after that.

use time::OffsetDateTime;

pub use super::refresh_error::{RefreshError, Verdict};
use super::{
    Client, EndReason, IssuedTokens, SessionRow, StoreError, StoredSession,
    audit::{self, Details, SessionEvent},
    causes::causes,
    counters,
    endings::{close_live_session, mark_and_close, mark_and_close_as_read},
    ports::{CheckMode, Checked, Ending, Opened, RowUpdate, UpdateOutcome},
    refresh_token::RefreshToken,
    resources::{RefreshKey, Resources},
    rotation::{Decision, LiveState, Reading, RefreshKind, decide},
    single_flight::Seal,
    start_session::{issue_tokens, open_live_session},
};

/// Number of attempts while the row changes under a refresh; after that the browser has to retry.
const ATTEMPTS: usize = 4;

/// Exchanges a refresh token for both tokens. Equal requests to this instance share one answer.
///
/// # Errors
/// [`RefreshError`]
pub async fn refresh(
    resources: &Resources,
    presented: &str,
    client: &Client,
    now: OffsetDateTime,
) -> Result<IssuedTokens, RefreshError> {
    let answer = match RefreshToken::verify(presented, &resources.keys) {
        Err(error) => Err(error.into()),
        Ok(token) => share(resources, token, client, now).await,
    };
    if let Err(error) = &answer {
        counters::refresh_refused(error.counted_as());
        if let RefreshError::Store(error) = error {
            tracing::error!(error = %causes(error), "session.refresh_failed");
        }
    }
    answer
}

/// Joins a refresh that is under way for the same token and browser, or starts one.
async fn share(
    resources: &Resources,
    token: RefreshToken,
    client: &Client,
    now: OffsetDateTime,
) -> Result<IssuedTokens, RefreshError> {
    let key = (token.clone(), client.clone());
    let (own, client) = (resources.clone(), client.clone());
    let start = move |seal| async move {
        Refresh { resources: &own, token: &token, client: &client, now, seal }.answer().await
    };
    let shared = resources.refreshes.join(key, start).await;
    shared.unwrap_or_else(|panic| Err(StoreError::new("refresh a session", panic).into()))
}

/// A refresh whose token is one that we issued, between reading the row and its answer.
struct Refresh<'a> {
    resources: &'a Resources,
    token: &'a RefreshToken,
    client: &'a Client,
    now: OffsetDateTime,
    seal: Seal<RefreshKey, Result<IssuedTokens, RefreshError>>,
}

/// Outcome of an attempt that was not refused.
enum Attempt {
    /// Both tokens, confirmed by the row
    Answered(IssuedTokens),
    /// The row has changed since it was read: decide again
    Overtaken,
}

impl Refresh<'_> {
    async fn answer(mut self) -> Result<IssuedTokens, RefreshError> {
        // Counted once, however many requests share it, and only for tokens that we issued.
        self.resources.refresh_limit.take(self.token.session_id).await?;
        for attempt in 0..ATTEMPTS {
            let reading = if attempt == 0 { Reading::First } else { Reading::Again };
            if let Attempt::Answered(tokens) = self.attempt(reading).await? {
                return Ok(tokens);
            }
        }
        Err(RefreshError::Contended)
    }

    async fn attempt(&mut self, reading: Reading) -> Result<Attempt, RefreshError> {
        let Self { resources, token, client, .. } = *self;
        let stored = resources
            .rows
            .find_to_refresh(token.session_id)
            .await?
            .filter(|stored| token.is_keyed_by(stored.salt()))
            .ok_or(RefreshError::Invalid)?;
        let row = match stored {
            StoredSession::Open(row) => row,
            StoredSession::Ended { reason, .. } => {
                // It may have ended while this refresh opened the live session: write the tombstone again.
                close_live_session(resources, token.session_id, reason).await;
                return Err(RefreshError::Ended(reason));
            }
        };
        match self.decide_about(&row, reading).await? {
            Decision::Answer(kind) => self.answer_with(kind, &row).await,
            Decision::End(reason) => {
                let has_ended = end(resources, &row, reason, client).await?;
                if has_ended { Err(RefreshError::Ended(reason)) } else { Ok(Attempt::Overtaken) }
            }
            Decision::AlreadyEnded(reason) => {
                Err(ended_before(resources, &row, reason, client).await?)
            }
            Decision::TooFarAhead => {
                audit::found(SessionEvent::TooFarAhead, &row, client);
                Err(RefreshError::TooFarAhead)
            }
            Decision::Retry | Decision::CheckLiveSession => Err(RefreshError::Contended),
        }
    }

    /// Decides by the row alone where that is enough, and checks the live session only where it matters.
    async fn decide_about(
        &self,
        row: &SessionRow,
        reading: Reading,
    ) -> Result<Decision, StoreError> {
        let Self { resources, token, .. } = *self;
        let by_rules =
            |live| decide(&row.state, token.generation, live, reading, &resources.lifetimes);
        let decision = by_rules(LiveState::Unchecked);
        if decision != Decision::CheckLiveSession {
            return Ok(decision);
        }
        Ok(by_rules(match resources.live.check(row.id, CheckMode::Peek).await? {
            Checked::Live { session, .. } => {
                LiveState::Live { newest_seen: session.newest_generation }
            }
            Checked::Absent => LiveState::Absent,
            Checked::Ended(reason) => LiveState::Ended(reason),
        }))
    }

    /// Opens the live session, then has the row confirm the answer: nothing is consumed that the live-session store
    /// could not take, and no session is answered that has ended meanwhile.
    async fn answer_with(
        &mut self,
        kind: RefreshKind,
        row: &SessionRow,
    ) -> Result<Attempt, RefreshError> {
        let Self { resources, token, client, now, .. } = *self;
        if let Opened::Ended(reason) = open_live_session(resources, row).await? {
            return Err(ended_before(resources, row, reason, client).await?);
        }
        self.seal.seal();
        let update = RowUpdate { row, kind, presented: token.generation, client };
        match resources.rows.advance(update).await? {
            UpdateOutcome::Conflict => return Ok(Attempt::Overtaken),
            UpdateOutcome::DoneFromElsewhere => counters::replayed_from_elsewhere(),
            UpdateOutcome::Done => {}
        }
        counters::refreshed(kind);
        note(kind, row, client);
        Ok(Attempt::Answered(issue_tokens(resources, row, update.answered(), now)))
    }
}

fn note(kind: RefreshKind, row: &SessionRow, client: &Client) {
    match kind {
        RefreshKind::LateReplay => audit::found(SessionEvent::LateReplay, row, client),
        RefreshKind::Ahead => audit::found(SessionEvent::Ahead, row, client),
        RefreshKind::Rotate | RefreshKind::Renew | RefreshKind::Replay => {
            tracing::debug!(session.id = %row.id, outcome = kind.as_str(), "session.refreshed");
        }
    }
}

/// Ends a session whose row says that it is over. `false`: the row has changed since it was read.
async fn end(
    resources: &Resources,
    row: &SessionRow,
    reason: EndReason,
    client: &Client,
) -> Result<bool, StoreError> {
    let has_ended = mark_and_close_as_read(resources, row, reason, Details::by(client)).await?;
    if has_ended && reason == EndReason::Reuse {
        resources.reuse_notice.send(row.member_id);
    }
    Ok(has_ended)
}

/// Refuses a session with a tombstone whose row was open when it was read. Either the session ended in between, or a
/// failover of the database has lost the end: then the row is marked again, before the tombstone expires as well.
async fn ended_before(
    resources: &Resources,
    row: &SessionRow,
    reason: EndReason,
    client: &Client,
) -> Result<RefreshError, StoreError> {
    let details = Details::default().of(row.member_id);
    if mark_and_close(resources, row.id, reason, details).await? == Some(Ending::Now) {
        audit::found(SessionEvent::EndForgotten, row, client);
    }
    Ok(RefreshError::Ended(reason))
}

#[cfg(test)]
mod tests;
