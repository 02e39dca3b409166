//! Use case by which a member ends one of their sessions, in this browser or in another one.

use super::{
    Client, EndReason, SessionId, StoreError,
    audit::{self, Details, SessionEvent},
    authenticate::Authenticated,
    endings::{close_after, uncancellable},
    resources::Resources,
};

/// Whether the session that was ended is the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedHere {
    /// This browser is logged out.
    Yes,
    /// It was another one.
    Elsewhere,
}

/// Reason why nothing ended.
#[derive(Debug, thiserror::Error)]
pub enum EndSessionError {
    /// There is no such session, or it is another member's; the error does not tell which.
    #[error("the member has no such session")]
    NotFound,
    /// The database is unavailable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Ends a session. One that is over already keeps its reason.
///
/// # Errors
/// [`EndSessionError`]
pub async fn end_session(
    resources: &Resources,
    who: &Authenticated,
    id: SessionId,
    client: &Client,
) -> Result<EndedHere, EndSessionError> {
    let (ended, reason) = if id == who.claims.session_id {
        (EndedHere::Yes, EndReason::Logout)
    } else {
        (EndedHere::Elsewhere, EndReason::Revoked)
    };
    let member_id = who.session.member_id;
    let details = Details::by_member(who, client);
    let ending = uncancellable(resources, move |resources| async move {
        let ending = resources.rows.end_of(member_id, id, reason).await?;
        if let Some(ending) = ending {
            close_after(&resources, id, reason, ending, details).await;
        }
        Ok(ending)
    });
    if ending.await?.is_none() {
        audit::record(SessionEvent::NotTheirs, details.because("not_found"));
        return Err(EndSessionError::NotFound);
    }
    Ok(ended)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{memory::InMemory, session::Persistence};

    #[tokio::test]
    async fn a_session_can_be_ended_only_by_its_member() {
        let (world, here) = InMemory::with_browser().await;
        let there = world.signed_in_as(here.member_id, Persistence::Browser).await;
        let stranger = world.signed_in(Persistence::Browser).await;
        let who = here.authenticated(&world).await;
        for id in [stranger.session_id, SessionId::random()] {
            let refused = end_session(&world.session(), &who, id, &Client::default()).await;
            assert!(matches!(refused, Err(EndSessionError::NotFound)), "{refused:?}");
        }
        stranger.authenticated(&world).await;
        for _ in 0..2 {
            let ended = end_session(&world.session(), &who, there.session_id, &Client::default())
                .await
                .unwrap();
            assert_eq!(ended, EndedHere::Elsewhere);
        }
        assert_eq!(there.refusal(&world).await, EndReason::Revoked);
        here.authenticated(&world).await;
    }

    #[tokio::test]
    async fn ending_the_own_session_is_a_log_out() {
        let (world, here) = InMemory::with_browser().await;
        let who = here.authenticated(&world).await;
        let ended =
            end_session(&world.session(), &who, here.session_id, &Client::default()).await.unwrap();
        assert_eq!(ended, EndedHere::Yes);
        assert_eq!(here.refusal(&world).await, EndReason::Logout);
    }
}
