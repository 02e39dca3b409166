//! The sessions that a member has open: this browser's first, then the others, the last seen first.

use crate::{
    authenticate::Authenticated,
    ports::{Ports, StoreError},
    session::ListedSession,
};

/// What the member's list shows.
#[derive(Debug, Clone)]
pub struct OwnSessions {
    /// The one that asks; `None` if it ended this very moment
    pub this: Option<ListedSession>,
    /// The others
    pub others: Vec<ListedSession>,
}

/// Reads them. One that is past its end, and was not asked about since, is left out.
///
/// # Errors
/// The database could not say.
pub async fn list_sessions(ports: &Ports, who: &Authenticated) -> Result<OwnSessions, StoreError> {
    let listed = ports.sessions.list_of(who.session.member_id).await?;
    let slack = ports.lifetimes.access + ports.lifetimes.grace;
    let (mut this, others): (Vec<_>, Vec<_>) = listed
        .into_iter()
        .filter(|session| {
            session.id == who.claims.session_id
                || (!session.remaining.is_zero()
                    && session.seen_ago <= session.idle_timeout + slack)
        })
        .partition(|session| session.id == who.claims.session_id);
    Ok(OwnSessions { this: this.pop(), others })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{end_session::end_session, memory::InMemory, session::Persistence};

    #[tokio::test]
    async fn a_member_sees_their_own_open_sessions_and_no_others() {
        let world = InMemory::default();
        let here = world.signed_in(Persistence::Browser).await;
        let there = world.signed_in_as(here.member_id, Persistence::Remembered).await;
        let gone = world.signed_in_as(here.member_id, Persistence::Browser).await;
        world.signed_in(Persistence::Browser).await;
        let who = here.authenticated(&world).await;
        end_session(&world.ports(), &who, gone.session_id).await.unwrap();
        let own = list_sessions(&world.ports(), &who).await.unwrap();
        assert_eq!(own.this.map(|session| session.id), Some(here.session_id));
        let others: Vec<_> = own.others.iter().map(|session| session.id).collect();
        assert_eq!(others, [there.session_id]);
    }

    #[tokio::test]
    async fn what_has_outlived_its_timeout_is_not_shown() {
        let world = InMemory::default();
        let old = world.signed_in(Persistence::Browser).await;
        world.pass(Duration::from_secs(3600));
        let here = world.signed_in_as(old.member_id, Persistence::Browser).await;
        let who = here.authenticated(&world).await;
        assert!(list_sessions(&world.ports(), &who).await.unwrap().others.is_empty());
    }
}
