//! Suspension of a member by the staff, which takes effect at once on every instance, and reinstatement.

use crate::{
    Resources, StoreError,
    account::member::{MemberId, Standing},
    audit::{self, Details, Event},
    session::{
        EndReason,
        endings::{close_all, uncancellable},
    },
};

/// Suspends a member on behalf of the staff, and ends every session. Returns whether there is such a member.
///
/// # Errors
/// The database is unavailable. Nothing has changed then.
pub async fn suspend(resources: &Resources, id: MemberId) -> Result<bool, StoreError> {
    uncancellable(resources, move |resources| async move {
        let ended = resources.authority.set_standing(id, Standing::Suspended).await?;
        let Some(ended) = ended else { return Ok(false) };
        let details = Details::by_staff().of(id);
        audit::record(Event::StandingChanged, details.because("suspended"));
        close_all(&resources.session, ended, EndReason::Suspended, details).await;
        Ok(true)
    })
    .await
}

/// Reinstates a member on behalf of the staff; the member has to log in. Returns whether there is such a member.
///
/// # Errors
/// The database is unavailable.
pub async fn reinstate(resources: &Resources, id: MemberId) -> Result<bool, StoreError> {
    let is_there = resources.authority.set_standing(id, Standing::Active).await?.is_some();
    if is_there {
        let details = Details::by_staff().of(id);
        audit::record(Event::StandingChanged, details.because("reinstated"));
    }
    Ok(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{memory::InMemory, session::Persistence};

    #[tokio::test]
    async fn a_suspended_member_is_logged_out_everywhere_at_once() {
        let (world, here) = InMemory::with_browser().await;
        let there = world.signed_in_as(here.member_id, Persistence::Remembered).await;
        assert!(suspend(&world.resources(), here.member_id).await.unwrap());
        for browser in [here, there] {
            assert_eq!(browser.refusal(&world).await, EndReason::Suspended);
        }
        assert!(!suspend(&world.resources(), MemberId::random()).await.unwrap());
    }

    #[tokio::test]
    async fn a_reinstated_member_has_no_session_but_may_log_in() {
        let (world, browser) = InMemory::with_browser().await;
        suspend(&world.resources(), browser.member_id).await.unwrap();
        assert!(reinstate(&world.resources(), browser.member_id).await.unwrap());
        assert_eq!(browser.refusal(&world).await, EndReason::Suspended);
        let again = world.signed_in_as(browser.member_id, Persistence::Browser).await;
        again.authenticated(&world).await;
    }
}
