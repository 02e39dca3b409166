//! The end of a session, whatever causes it: first the row, committed synchronously, then the live session. If the
//! live-session store fails, the end stands: a refresh reads the row, so the session lives on for the life of an access
//! token at most, and [`sweep`](super::sweep) closes it before that.

use futures_util::{StreamExt, stream};
use tracing::Instrument;

use super::{
    EndReason, SessionId, SessionRow, StoreError,
    audit::{self, Details},
    causes::causes,
    counters,
    ports::{Affected, EndedQuery, Ending, Ends},
    resources::Resources,
};

/// Number of live sessions closed at once, so that the live-session store stays quick for others.
const CLOSING_AT_ONCE: usize = 16;
/// Number of ended sessions that are read, closed and noted at once, so that memory stays bounded.
pub(crate) const BATCH: u32 = 500;

/// Ends a session. `None`: no such session.
///
/// # Errors
/// The database is unavailable. Nothing has ended then.
pub(crate) async fn mark_and_close(
    resources: &Resources,
    id: SessionId,
    reason: EndReason,
    details: Details<'static>,
) -> Result<Option<Ending>, StoreError> {
    uncancellable(resources, move |resources| async move {
        let ending = resources.rows.end(id, reason).await?;
        if let Some(ending) = ending {
            close_after(&resources, id, reason, ending, details).await;
        }
        Ok(ending)
    })
    .await
}

/// Ends a session whose row says that it is over. `false`: the row has changed since it was read, and nothing has
/// ended.
///
/// # Errors
/// The database is unavailable. Nothing has ended then.
pub(crate) async fn mark_and_close_as_read(
    resources: &Resources,
    row: &SessionRow,
    reason: EndReason,
    details: Details<'static>,
) -> Result<bool, StoreError> {
    let row = row.clone();
    uncancellable(resources, move |resources| async move {
        let has_ended = resources.rows.end_as_read(&row, reason).await?;
        if has_ended {
            let details =
                Details { generation: Some(row.state.generation), ..details.of(row.member_id) };
            close_after(&resources, row.id, reason, Ending::Now, details).await;
        }
        Ok(has_ended)
    })
    .await
}

/// Runs an ending in a task of its own: a browser that disconnects must not leave the row ended and the live session
/// open.
///
/// # Errors
/// Those of the ending, or its panic.
pub(crate) async fn uncancellable<R, T, F>(
    resources: &R,
    ending: impl FnOnce(R) -> F,
) -> Result<T, StoreError>
where
    R: Clone,
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    tokio::spawn(ending(resources.clone()).in_current_span())
        .await
        .unwrap_or_else(|error| Err(StoreError::new("end a session", error)))
}

/// Closes one session whose row is marked, now or before.
pub(crate) async fn close_after(
    resources: &Resources,
    id: SessionId,
    asked: EndReason,
    ending: Ending,
    details: Details<'_>,
) {
    if ending == Ending::Now {
        counters::ended(asked, 1);
        audit::ended(asked, details.in_session(id));
    }
    close_each(resources, vec![(id, ending.standing(asked))]).await;
}

/// Closes a member's sessions whose rows have just been marked. When it returns, the named ones are closed, which are
/// as many as a member may have. If there are more, from before that bound existed, the others are closed in the
/// background. They were seen longest ago: unless [`NAMED_MAX`](super::ports::NAMED_MAX) sessions of one member were
/// refreshed within the life of an access token, none of the others has a valid token.
pub(crate) async fn close_all(
    resources: &Resources,
    affected: Affected,
    reason: EndReason,
    details: Details<'_>,
) {
    if affected.count > 0 {
        counters::ended(reason, affected.count);
        audit::ended(reason, Details { sessions: Some(affected.count), ..details });
    }
    let are_all_named = affected.are_all_named();
    close_each(resources, affected.named.into_iter().map(|id| (id, reason)).collect()).await;
    if !are_all_named {
        let resources = resources.clone();
        tokio::spawn(async move { close_the_rest(&resources).await }.in_current_span());
    }
}

async fn close_the_rest(resources: &Resources) {
    if let Err(error) = close_ended(resources, Ends::Unclosed).await {
        tracing::warn!(error = %causes(&error), "session.rest_not_closed");
    }
}

/// Closes what ended within the access lifetime (and grace, for clocks that differ), batch by batch. Stops when the
/// live-session store takes nothing.
///
/// # Errors
/// The database is unavailable.
pub(crate) async fn close_ended(resources: &Resources, ends: Ends) -> Result<Closings, StoreError> {
    let within = resources.lifetimes.access + resources.lifetimes.grace;
    let (mut all, mut after) = (Closings::default(), None);
    loop {
        let query = EndedQuery { ends, within, after, limit: BATCH };
        let batch = resources.rows.ended(query).await?;
        let is_last = batch.len() < BATCH as usize;
        after = batch.last().copied();
        let closings =
            close_each(resources, batch.into_iter().map(|it| (it.id, it.reason)).collect()).await;
        counters::swept(closings.closed);
        all.closed += closings.closed;
        all.failed += closings.failed;
        if is_last || closings.closed == 0 {
            return Ok(all);
        }
    }
}

/// Numbers of ended sessions by whether the live-session store took their tombstones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Closings {
    /// Ends that it took
    pub closed: usize,
    /// Ends that it did not take; the sweeper's next round tries again
    pub failed: usize,
}

/// Closes sessions, several at once, and notes which tombstones the live-session store has taken.
async fn close_each(resources: &Resources, sessions: Vec<(SessionId, EndReason)>) -> Closings {
    let all = sessions.len();
    let closed: Vec<_> =
        stream::iter(sessions)
            .map(|(id, reason)| async move {
                close_live_session(resources, id, reason).await.then_some(id)
            })
            .buffer_unordered(CLOSING_AT_ONCE)
            .filter_map(async |closed| closed)
            .collect()
            .await;
    if !closed.is_empty()
        && let Err(error) = resources.rows.note_closed(&closed).await
    {
        // The sweeper closes them once more.
        tracing::warn!(error = %causes(&error), "session.closing_not_noted");
    }
    Closings { closed: closed.len(), failed: all - closed.len() }
}

/// Writes the tombstone, and returns whether the live-session store took it. A failure is counted and logged; the row
/// stands, and the sweeper tries again.
pub(super) async fn close_live_session(
    resources: &Resources,
    id: SessionId,
    reason: EndReason,
) -> bool {
    let closed = resources.live.close(id, reason).await;
    if let Err(error) = &closed {
        counters::close_failed();
        tracing::warn!(session.id = %id, error = %causes(error), "session.close_failed");
    }
    closed.is_ok()
}

#[cfg(test)]
mod tests {
    use crate::{
        account::suspend::suspend,
        memory::InMemory,
        session::{
            EndReason, Persistence,
            ports::{CheckMode, Checked, NAMED_MAX},
        },
    };

    #[tokio::test]
    async fn sessions_beyond_the_bound_are_closed_in_the_background() {
        let world = InMemory::default();
        world.allow_sessions(u32::MAX);
        let here = world.signed_in(Persistence::Browser).await;
        for _ in 0..NAMED_MAX + 700 {
            world.signed_in_as(here.member_id, Persistence::Browser).await;
        }
        assert!(suspend(&world.resources(), here.member_id).await.unwrap());
        assert!(world.closed() >= NAMED_MAX);
        let ended = NAMED_MAX + 701;
        while world.closed() < ended {
            tokio::task::yield_now().await;
        }
        for id in world.session_ids() {
            let live = world.session().live.check(id, CheckMode::Peek).await.unwrap();
            assert_eq!(live, Checked::Ended(EndReason::Suspended));
        }
    }
}
