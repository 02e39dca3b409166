//! Use cases by which a member ends every session except the current one, or every session (log-out everywhere).

use super::{
    Client, EndReason, StoreError,
    audit::Details,
    authenticate::Authenticated,
    endings::{close_all, mark_and_close, uncancellable},
    resources::Resources,
};

/// Ends all other sessions, and returns their number.
///
/// # Errors
/// The database is unavailable. Nothing has ended then.
pub async fn end_other_sessions(
    resources: &Resources,
    who: &Authenticated,
    client: &Client,
) -> Result<u64, StoreError> {
    let (member_id, kept) = (who.session.member_id, who.claims.session_id);
    let details = Details::by_member(who, client);
    uncancellable(resources, move |resources| async move {
        let ended = resources.rows.end_others_of(member_id, kept, EndReason::Revoked).await?;
        let count = ended.count;
        close_all(&resources, ended, EndReason::Revoked, details).await;
        Ok(count)
    })
    .await
}

/// Logs out everywhere. Ends the other sessions first, so that this browser can retry after a failure.
///
/// # Errors
/// The database is unavailable. This session is still there then.
pub async fn log_out_everywhere(
    resources: &Resources,
    who: &Authenticated,
    client: &Client,
) -> Result<(), StoreError> {
    end_other_sessions(resources, who, client).await?;
    let details = Details::by_member(who, client);
    mark_and_close(resources, who.claims.session_id, EndReason::Logout, details).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{memory::InMemory, session::Persistence};

    #[tokio::test]
    async fn ending_other_sessions_keeps_this_one() {
        let (world, here) = InMemory::with_browser().await;
        let there = world.signed_in_as(here.member_id, Persistence::Remembered).await;
        let stranger = world.signed_in(Persistence::Browser).await;
        let who = here.authenticated(&world).await;
        let client = Client::default();
        assert_eq!(end_other_sessions(&world.session(), &who, &client).await.unwrap(), 1);
        assert_eq!(there.refusal(&world).await, EndReason::Revoked);
        here.authenticated(&world).await;
        stranger.authenticated(&world).await;
        assert_eq!(end_other_sessions(&world.session(), &who, &client).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_log_out_everywhere_ends_every_session() {
        let (world, here) = InMemory::with_browser().await;
        let there = world.signed_in_as(here.member_id, Persistence::Browser).await;
        let who = here.authenticated(&world).await;
        log_out_everywhere(&world.session(), &who, &Client::default()).await.unwrap();
        assert_eq!(here.refusal(&world).await, EndReason::Logout);
        assert_eq!(there.refusal(&world).await, EndReason::Revoked);
    }

    #[tokio::test]
    async fn ending_other_sessions_with_a_failed_database_ends_nothing() {
        let (world, here) = InMemory::with_browser().await;
        let who = here.authenticated(&world).await;
        world.break_database();
        assert!(log_out_everywhere(&world.session(), &who, &Client::default()).await.is_err());
        world.mend_database();
        here.authenticated(&world).await;
    }
}
