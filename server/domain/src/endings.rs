//! How sessions end, whatever ends them: the row first, committed synchronously, then the front desk. If the
//! front desk fails the end stands all the same: a refresh asks the row, so what is left is the life of an
//! access token at most, and [`sweep`](crate::sweep) closes it before that.

use tracing::Instrument;

use crate::{
    counters,
    ports::{Ending, Ports, StoreError},
    session::{EndReason, SessionId, SessionRow},
};

/// Closing this many at once keeps the front desk's answers to others quick.
const CLOSING_AT_ONCE: usize = 16;

/// Ends a session. `None`: no such session.
///
/// # Errors
/// The database could not say. Nothing has ended then.
pub(crate) async fn mark_and_close(
    ports: &Ports,
    id: SessionId,
    reason: EndReason,
) -> Result<Option<Ending>, StoreError> {
    to_the_end(ports, move |ports| async move {
        let ending = ports.sessions.end(id, reason).await?;
        if let Some(ending) = ending {
            close_after(&ports, id, reason, ending).await;
        }
        Ok(ending)
    })
    .await
}

/// Ends a session whose row says that it is over. `false`: the row has changed since it was read, and nothing has
/// ended.
///
/// # Errors
/// The database could not say. Nothing has ended then.
pub(crate) async fn mark_and_close_as_read(
    ports: &Ports,
    row: &SessionRow,
    reason: EndReason,
) -> Result<bool, StoreError> {
    let row = row.clone();
    to_the_end(ports, move |ports| async move {
        let has_ended = ports.sessions.end_as_read(&row, reason).await?;
        if has_ended {
            close_after(&ports, row.id, reason, Ending::Now).await;
        }
        Ok(has_ended)
    })
    .await
}

/// Runs an ending in a task of its own: a browser that hangs up in between must not leave the row ended and
/// the front desk without a word of it.
///
/// # Errors
/// What the ending answers, or that it panicked.
pub(crate) async fn to_the_end<T, F>(
    ports: &Ports,
    ending: impl FnOnce(Ports) -> F,
) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    tokio::spawn(ending(ports.clone()).in_current_span())
        .await
        .unwrap_or_else(|error| Err(StoreError::new("end a session", error)))
}

/// Closes one session whose row has just been marked, or was before.
pub(crate) async fn close_after(ports: &Ports, id: SessionId, asked: EndReason, ending: Ending) {
    if ending == Ending::Now {
        counters::ended(asked, 1);
    }
    close_live_session(ports, id, ending.standing(asked)).await;
}

/// Closes sessions whose rows have just been marked.
pub(crate) async fn close_all(ports: &Ports, ids: Vec<SessionId>, reason: EndReason) {
    counters::ended(reason, ids.len());
    close_each(ports, ids.into_iter().map(|id| (id, reason)).collect()).await;
}

/// Closes sessions, several at once. Answers how many could not be.
pub(crate) async fn close_each(ports: &Ports, sessions: Vec<(SessionId, EndReason)>) -> usize {
    use futures_util::{StreamExt, stream};

    stream::iter(sessions)
        .map(|(id, reason)| close_live_session(ports, id, reason))
        .buffer_unordered(CLOSING_AT_ONCE)
        .filter(|closed| std::future::ready(*closed == Closed::Not))
        .count()
        .await
}

/// Whether the front desk took the tombstone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    Done,
    Not,
}

/// Puts the tombstone there. A failure is counted and logged; the row stands, and the sweeper tries again.
pub(crate) async fn close_live_session(ports: &Ports, id: SessionId, reason: EndReason) -> Closed {
    match ports.live.close(id, reason).await {
        Ok(()) => Closed::Done,
        Err(error) => {
            counters::close_failed();
            tracing::warn!(session.id = %id, error = &error as &dyn std::error::Error, "session.close_failed");
            Closed::Not
        }
    }
}
