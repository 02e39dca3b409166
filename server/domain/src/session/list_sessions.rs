//! The list of a member's open sessions: this browser's first, then the others, most recently seen first, in pages.

use super::{
    ListedSession, SeenCursor, StoreError, authenticate::Authenticated, ports::ListQuery,
    resources::Resources,
};

/// Number of other sessions on a page.
pub const PAGE: u32 = 50;

/// A page of the member's list.
#[derive(Debug, Clone)]
pub struct OwnSessions {
    /// The current one; `None` if it has just ended
    pub this: Option<ListedSession>,
    /// The others, at most [`PAGE`]
    pub others: Vec<ListedSession>,
    /// The beginning of the next page, if there is one
    pub next: Option<SeenCursor>,
}

/// Reads the page that begins after `before`, or the first one. A session that is past its end, though its row is not
/// marked yet, is left out.
///
/// # Errors
/// The database is unavailable.
pub async fn list_sessions(
    resources: &Resources,
    who: &Authenticated,
    before: Option<SeenCursor>,
) -> Result<OwnSessions, StoreError> {
    let query = ListQuery {
        first: who.claims.session_id,
        before,
        idle_slack: resources.lifetimes.access + resources.lifetimes.grace,
        // Plus this one, and one more that tells whether there is another page.
        limit: PAGE + 2,
    };
    let listed = resources.rows.list_of(who.session.member_id, query).await?;
    let (mut this, mut others): (Vec<_>, Vec<_>) =
        listed.into_iter().partition(|session| session.id == who.claims.session_id);
    let page = PAGE as usize;
    let is_more = others.len() > page;
    others.truncate(page);
    let last = others.last().filter(|_| is_more);
    let next = last.map(|last| SeenCursor { seen_at: last.seen_at, id: last.id });
    Ok(OwnSessions { this: this.pop(), others, next })
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, time::Duration};

    use super::*;
    use crate::{
        memory::InMemory,
        session::{Client, Persistence, end_session::end_session},
    };

    #[tokio::test]
    async fn a_member_sees_their_own_open_sessions_and_no_others() {
        let (world, here) = InMemory::with_browser().await;
        let there = world.signed_in_as(here.member_id, Persistence::Remembered).await;
        let gone = world.signed_in_as(here.member_id, Persistence::Browser).await;
        world.signed_in(Persistence::Browser).await;
        let who = here.authenticated(&world).await;
        end_session(&world.session(), &who, gone.session_id, &Client::default()).await.unwrap();
        let own = list_sessions(&world.session(), &who, None).await.unwrap();
        assert_eq!(own.this.map(|session| session.id), Some(here.session_id));
        let others: Vec<_> = own.others.iter().map(|session| session.id).collect();
        assert_eq!(others, [there.session_id]);
        assert_eq!(own.next, None);
    }

    #[tokio::test]
    async fn every_page_of_a_long_list_includes_the_current_session() {
        let world = InMemory::default();
        world.allow_sessions(1000);
        let here = world.signed_in(Persistence::Browser).await;
        let who = here.authenticated(&world).await;
        let mut all = HashSet::new();
        for _ in 0..PAGE * 2 {
            all.insert(world.signed_in_as(here.member_id, Persistence::Browser).await.session_id);
            world.pass(Duration::from_millis(1));
        }
        let (mut seen, mut before, mut pages) = (HashSet::new(), None, Vec::new());
        loop {
            let own = list_sessions(&world.session(), &who, before).await.unwrap();
            assert_eq!(own.this.map(|session| session.id), Some(here.session_id));
            pages.push(own.others.len());
            seen.extend(own.others.iter().map(|session| session.id));
            before = own.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!((pages, seen), (vec![50, 50], all));
    }
}
