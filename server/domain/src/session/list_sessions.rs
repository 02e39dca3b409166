//! The sessions that a member has open: this browser's first, then the others, the last seen first, a page at a
//! time.

use std::fmt;

use time::OffsetDateTime;

use crate::{
    ports::{ListQuery, Ports, StoreError},
    session::{ListedSession, SessionId, authenticate::Authenticated},
};

/// How many others are shown at once.
pub const PAGE: u32 = 50;

/// A place in a list of sessions, the last seen first. It holds what the list is sorted by, so it stays what it is
/// when its session is seen again, or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenCursor {
    /// When the session before this place was last seen
    pub seen_at: OffsetDateTime,
    /// That session
    pub id: SessionId,
}

impl SeenCursor {
    /// Reads what [`SeenCursor`] displays.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (seen, id) = text.split_once('.')?;
        let nanoseconds = seen.parse::<i64>().ok()?.checked_mul(1000)?;
        let seen_at = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds.into()).ok()?;
        Some(Self { seen_at, id: SessionId::parse(id)? })
    }
}

/// In microseconds, as exact as the rows are.
impl fmt::Display for SeenCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.seen_at.unix_timestamp_nanos() / 1000, self.id)
    }
}

/// A page of the member's list.
#[derive(Debug, Clone)]
pub struct OwnSessions {
    /// The one that asks; `None` if it ended this very moment
    pub this: Option<ListedSession>,
    /// The others, at most [`PAGE`]
    pub others: Vec<ListedSession>,
    /// Where the next page begins, if there is one
    pub next: Option<SeenCursor>,
}

/// Reads the page that begins after `before`, or the first one. A session that is past its end, and was not asked
/// about since, is left out.
///
/// # Errors
/// The database could not say.
pub async fn list_sessions(
    ports: &Ports,
    who: &Authenticated,
    before: Option<SeenCursor>,
) -> Result<OwnSessions, StoreError> {
    let query = ListQuery {
        first: who.claims.session_id,
        before,
        idle_slack: ports.lifetimes.access + ports.lifetimes.grace,
        // With this one, and with one more, which tells whether there is another page.
        limit: PAGE + 2,
    };
    let listed = ports.sessions.list_of(who.session.member_id, query).await?;
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
        let world = InMemory::default();
        let here = world.signed_in(Persistence::Browser).await;
        let there = world.signed_in_as(here.member_id, Persistence::Remembered).await;
        let gone = world.signed_in_as(here.member_id, Persistence::Browser).await;
        world.signed_in(Persistence::Browser).await;
        let who = here.authenticated(&world).await;
        end_session(&world.ports(), &who, gone.session_id, &Client::default()).await.unwrap();
        let own = list_sessions(&world.ports(), &who, None).await.unwrap();
        assert_eq!(own.this.map(|session| session.id), Some(here.session_id));
        let others: Vec<_> = own.others.iter().map(|session| session.id).collect();
        assert_eq!(others, [there.session_id]);
        assert_eq!(own.next, None);
    }

    #[tokio::test]
    async fn what_has_outlived_its_timeout_is_not_shown() {
        let world = InMemory::default();
        let old = world.signed_in(Persistence::Browser).await;
        world.pass(Duration::from_secs(3600));
        let here = world.signed_in_as(old.member_id, Persistence::Browser).await;
        let who = here.authenticated(&world).await;
        assert!(list_sessions(&world.ports(), &who, None).await.unwrap().others.is_empty());
    }

    #[tokio::test]
    async fn a_long_list_is_shown_in_pages_of_which_each_holds_this_session() {
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
            let own = list_sessions(&world.ports(), &who, before).await.unwrap();
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

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        let seen_at = OffsetDateTime::UNIX_EPOCH + Duration::from_micros(1_790_000_000_123_456);
        let cursor = SeenCursor { seen_at, id: SessionId::random() };
        assert_eq!(SeenCursor::parse(&cursor.to_string()), Some(cursor));
        let id = cursor.id;
        for text in ["", ".", "1", "1.x", "x.1", &format!("{}.{id}", i64::MAX), &format!(".{id}")] {
            assert_eq!(SeenCursor::parse(text), None, "{text}");
        }
    }
}
