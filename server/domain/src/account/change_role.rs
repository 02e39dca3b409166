//! Change of role. Takes effect on the next request, because live sessions are renewed. A session that is not live gets
//! the new role from its row with the next refresh.

use futures_util::{StreamExt, stream};

use crate::{
    Resources, StoreError,
    account::member::{MemberId, Role},
    audit::{self, Details, Event},
    session::{
        SessionId,
        ports::{CheckMode, Checked},
        start_session::open_live_session,
    },
};

/// Outcome of a change of role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleChanged {
    /// It takes effect on the next request.
    AtOnce,
    /// A live session could not be renewed, so there it takes effect with the next refresh.
    WithTheNextRefresh,
    /// There is no such member.
    NoSuchMember,
}

/// Number of live sessions renewed at once.
const RENEWING_AT_ONCE: usize = 16;

/// Gives a member a role, on behalf of the staff.
///
/// # Errors
/// The database is unavailable.
pub async fn change_role(
    resources: &Resources,
    id: MemberId,
    role: Role,
) -> Result<RoleChanged, StoreError> {
    let Some(sessions) = resources.authority.set_role(id, role).await? else {
        return Ok(RoleChanged::NoSuchMember);
    };
    audit::record(Event::RoleChanged, Details::by_staff().of(id).because(role.as_str()));
    let are_all_named = sessions.are_all_named();
    let renewed: Vec<_> = stream::iter(sessions.named)
        .map(|session| renew(resources, session))
        .buffer_unordered(RENEWING_AT_ONCE)
        .collect()
        .await;
    let are_all_renewed = are_all_named && renewed.into_iter().all(|is_renewed| is_renewed);
    Ok(if are_all_renewed { RoleChanged::AtOnce } else { RoleChanged::WithTheNextRefresh })
}

/// Renews a live session with the new role. Returns whether that worked.
async fn renew(resources: &Resources, id: SessionId) -> bool {
    let renewed = renew_if_live(resources, id).await;
    if let Err(error) = &renewed {
        tracing::warn!(session.id = %id, error = %crate::causes(error), "role.not_renewed");
    }
    renewed.is_ok()
}

/// Renews a session only if it is live: opening it otherwise would bring an idle session back.
async fn renew_if_live(resources: &Resources, id: SessionId) -> Result<(), StoreError> {
    if !matches!(resources.session.live.check(id, CheckMode::Peek).await?, Checked::Live { .. }) {
        return Ok(());
    }
    let stored = resources.session.rows.find(id).await?;
    if let Some(row) = stored.and_then(|stored| stored.open()) {
        open_live_session(&resources.session, &row).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::InMemory;

    #[tokio::test]
    async fn a_changed_role_acts_on_the_next_request_without_a_refresh() {
        let (world, browser) = InMemory::with_browser().await;
        for role in [Role::Admin, Role::Member] {
            let changed = change_role(&world.resources(), browser.member_id, role).await.unwrap();
            assert_eq!(changed, RoleChanged::AtOnce);
            assert_eq!(browser.authenticated(&world).await.session.role, role);
        }
    }

    #[tokio::test]
    async fn a_change_of_role_does_not_revive_a_session_that_is_not_live() {
        let (world, browser) = InMemory::with_browser().await;
        world.wipe_live_sessions();
        change_role(&world.resources(), browser.member_id, Role::Admin).await.unwrap();
        let live = world.session().live.check(browser.session_id, CheckMode::Peek).await.unwrap();
        assert_eq!(live, Checked::Absent);
    }

    #[tokio::test]
    async fn a_change_of_role_with_a_failed_live_session_store_takes_effect_at_the_next_refresh() {
        let (world, browser) = InMemory::with_browser().await;
        world.break_live_sessions();
        let changed =
            change_role(&world.resources(), browser.member_id, Role::Admin).await.unwrap();
        assert_eq!(changed, RoleChanged::WithTheNextRefresh);
        assert_eq!(world.role_of(browser.member_id), Role::Admin);
    }
}
