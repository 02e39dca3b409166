//! How sessions end, whatever ends them: the row first, committed synchronously, then the front desk. If the
//! front desk fails the end stands all the same: a refresh asks the row, so what is left is the life of an
//! access token at most, and [`sweep`](crate::session::sweep) closes it before that.

use futures_util::{StreamExt, stream};
use tracing::Instrument;

use crate::{
    audit::{self, Details},
    counters,
    ports::{Affected, Ending, Ends, Ports, StoreError},
    session::{EndReason, SessionId, SessionRow, sweep::close_ended},
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
    details: Details<'static>,
) -> Result<Option<Ending>, StoreError> {
    to_the_end(ports, move |ports| async move {
        let ending = ports.sessions.end(id, reason).await?;
        if let Some(ending) = ending {
            close_after(&ports, id, reason, ending, details).await;
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
    details: Details<'static>,
) -> Result<bool, StoreError> {
    let row = row.clone();
    to_the_end(ports, move |ports| async move {
        let has_ended = ports.sessions.end_as_read(&row, reason).await?;
        if has_ended {
            let details = Details { generation: Some(row.generation), ..details.of(row.member_id) };
            close_after(&ports, row.id, reason, Ending::Now, details).await;
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
pub(crate) async fn close_after(
    ports: &Ports,
    id: SessionId,
    asked: EndReason,
    ending: Ending,
    details: Details<'_>,
) {
    if ending == Ending::Now {
        counters::ended(asked, 1);
        audit::ended(asked, details.in_session(id));
    }
    close_each(ports, vec![(id, ending.standing(asked))]).await;
}

/// Closes a member's sessions whose rows have just been marked. Those that are named are closed when it returns, and
/// they are all that a member may have. Where there were more, from before there was a bound, the others follow
/// behind the answer. They were seen longest ago: unless [`NAMED_MAX`](crate::ports::NAMED_MAX) sessions of one
/// member were refreshed within the life of an access token, none of them has one that could still be used.
pub(crate) async fn close_all(
    ports: &Ports,
    affected: Affected,
    reason: EndReason,
    details: Details<'_>,
) {
    if affected.count > 0 {
        counters::ended(reason, affected.count);
        audit::ended(reason, Details { sessions: Some(affected.count), ..details });
    }
    let are_all_named = affected.are_all_named();
    close_each(ports, affected.named.into_iter().map(|id| (id, reason)).collect()).await;
    if !are_all_named {
        let ports = ports.clone();
        tokio::spawn(async move { close_the_rest(&ports).await }.in_current_span());
    }
}

async fn close_the_rest(ports: &Ports) {
    if let Err(error) = close_ended(ports, Ends::Unclosed).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "session.rest_not_closed");
    }
}

/// How many the live-session store has been told of, and of how many it could not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closings {
    pub(crate) closed: usize,
    pub(crate) failed: usize,
}

/// Closes sessions, several at once, and notes which tombstones the live-session store has taken.
pub(crate) async fn close_each(ports: &Ports, sessions: Vec<(SessionId, EndReason)>) -> Closings {
    let closings: Vec<_> = stream::iter(sessions)
        .map(|(id, reason)| async move { (id, close_live_session(ports, id, reason).await) })
        .buffer_unordered(CLOSING_AT_ONCE)
        .collect()
        .await;
    let closed: Vec<_> =
        closings.iter().filter(|(_, closed)| *closed == Closed::Done).map(|(id, _)| *id).collect();
    if !closed.is_empty()
        && let Err(error) = ports.sessions.note_closed(&closed).await
    {
        // The sweeper closes them once more.
        tracing::warn!(error = &error as &dyn std::error::Error, "session.closing_not_noted");
    }
    Closings { closed: closed.len(), failed: closings.len() - closed.len() }
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

#[cfg(test)]
mod tests {
    use crate::{
        account::suspend::suspend,
        memory::InMemory,
        ports::{Checked, Look, NAMED_MAX},
        session::{EndReason, Persistence},
    };

    #[tokio::test]
    async fn sessions_beyond_the_bound_are_closed_behind_the_answer() {
        let world = InMemory::default();
        world.allow_sessions(u32::MAX);
        let here = world.signed_in(Persistence::Browser).await;
        for _ in 0..NAMED_MAX + 700 {
            world.signed_in_as(here.member_id, Persistence::Browser).await;
        }
        assert!(suspend(&world.ports(), here.member_id).await.unwrap());
        assert!(world.closed() >= NAMED_MAX);
        let ended = NAMED_MAX + 701;
        while world.closed() < ended {
            tokio::task::yield_now().await;
        }
        for id in world.session_ids() {
            let live = world.ports().live.check(id, Look::Glance).await.unwrap();
            assert_eq!(live, Checked::Ended(EndReason::Suspended));
        }
    }
}
