//! Tests of changes between the decision and the response, while a refresh waits for the live-session store.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use strum::VariantArray;

use super::*;
use crate::{
    account::{member::Role, ports::Authority},
    session::{
        LiveSession, SessionId,
        ports::{LiveSessions, Sessions},
        rotation::RefreshKind,
        start_session::{StartSessionError, start_session},
    },
};

/// A live-session store that makes another change once, just after a session was opened.
struct Meanwhile {
    world: InMemory,
    then: Then,
    is_done: AtomicBool,
}

#[derive(Clone, Copy)]
enum Then {
    /// Another instance ends the session, but does not reach the live-session store
    End,
    /// Another instance rotates the tokens
    Rotate,
    /// The staff changes the member's role before the session is in the live-session store
    ChangeRole,
}

#[async_trait]
impl LiveSessions for Meanwhile {
    async fn open(&self, id: SessionId, session: &LiveSession) -> Result<Opened, StoreError> {
        let opened = LiveSessions::open(&self.world, id, session).await;
        if self.is_done.swap(true, Ordering::Relaxed) {
            return opened;
        }
        match self.then {
            Then::End => {
                Sessions::end(&self.world, id, EndReason::Revoked).await?;
            }
            Then::ChangeRole => {
                self.world.set_role(session.member_id, Role::Admin).await?;
            }
            Then::Rotate => {
                let row = self.world.find(id).await?.and_then(StoredSession::open).unwrap();
                let (kind, presented) = (RefreshKind::Rotate, row.state.generation);
                let client = &Client::default();
                self.world.advance(RowUpdate { row: &row, kind, presented, client }).await?;
            }
        }
        opened
    }

    async fn check(&self, id: SessionId, mode: CheckMode) -> Result<Checked, StoreError> {
        self.world.check(id, mode).await
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        self.world.close(id, reason).await
    }
}

fn session_where(world: &InMemory, then: Then) -> Resources {
    let live = Meanwhile { world: world.clone(), then, is_done: AtomicBool::new(false) };
    Resources { live: Arc::new(live), ..world.session() }
}

/// A world, and a browser whose next refresh is of this kind.
async fn about_to(kind: RefreshKind) -> (InMemory, SignedInBrowser) {
    let (world, mut browser) = InMemory::with_browser().await;
    let (client, resources) = (Client::default(), world.session());
    let rotated = async || {
        world.pass(Duration::from_secs(200));
        refresh(&resources, &browser.refresh, &client, world.now()).await.unwrap()
    };
    match kind {
        RefreshKind::Rotate => world.pass(Duration::from_secs(200)),
        RefreshKind::Renew => {}
        RefreshKind::Replay => drop(rotated().await),
        RefreshKind::LateReplay => {
            rotated().await;
            world.pass(Duration::from_secs(200));
        }
        RefreshKind::Ahead => {
            browser.refresh = rotated().await.refresh.to_string();
            world.lose_rotations(browser.session_id);
        }
    }
    (world, browser)
}

#[tokio::test]
async fn an_end_during_a_refresh_is_noticed_and_closed_again() {
    for kind in RefreshKind::VARIANTS.iter().copied() {
        let (world, browser) = about_to(kind).await;
        let resources = session_where(&world, Then::End);
        assert_matches!(
            refresh(&resources, &browser.refresh, &Client::default(), world.now()).await,
            Err(RefreshError::Ended(EndReason::Revoked)),
            "{kind:?}"
        );
        // The live session opened just before is closed, too.
        let live = world.check(browser.session_id, CheckMode::Peek).await.unwrap();
        assert_eq!(live, Checked::Ended(EndReason::Revoked), "{kind:?}");
    }
}

#[tokio::test]
async fn a_row_that_changes_during_a_refresh_is_decided_again() {
    for kind in [RefreshKind::Rotate, RefreshKind::Renew] {
        let (world, mut browser) = about_to(kind).await;
        let resources = session_where(&world, Then::Rotate);
        let tokens =
            refresh(&resources, &browser.refresh, &Client::default(), world.now()).await.unwrap();
        // Only the other instance rotates; this one returns the same tokens.
        assert_eq!(world.generation_of(browser.session_id), 2, "{kind:?}");
        browser.keep(&tokens);
        assert_eq!(browser.authenticated(&world).await.claims.generation, 2, "{kind:?}");
        let again = refreshed(&world, &browser.refresh).await;
        assert_eq!(again.unwrap().refresh, tokens.refresh, "{kind:?}");
    }
}

#[tokio::test]
async fn a_role_that_changes_during_a_refresh_is_in_the_live_session() {
    for kind in RefreshKind::VARIANTS.iter().copied() {
        let (world, browser) = about_to(kind).await;
        let resources = session_where(&world, Then::ChangeRole);
        let ask =
            async || refresh(&resources, &browser.refresh, &Client::default(), world.now()).await;
        let mut answer = ask().await;
        // A late replay that was overtaken is not forgiven again; the browser retries.
        if kind == RefreshKind::LateReplay {
            assert!(matches!(answer, Err(RefreshError::Contended)), "{answer:?}");
            answer = ask().await;
        }
        answer.unwrap();
        let Checked::Live { session, .. } =
            world.check(browser.session_id, CheckMode::Peek).await.unwrap()
        else {
            panic!("not live, {kind:?}")
        };
        assert_eq!(session.role, Role::Admin, "{kind:?}");
    }
}

#[tokio::test]
async fn a_log_in_overtaken_by_an_end_or_a_change_of_role_leaves_no_live_session() {
    for then in [Then::End, Then::ChangeRole] {
        let world = InMemory::default();
        let member_id = world.add_member("hana@example.com", "a tree by the gate").await;
        let sign_in = world.sign_in_of(member_id, Persistence::Browser);
        let refused = start_session(&session_where(&world, then), sign_in, world.now()).await;
        assert!(matches!(refused, Err(StartSessionError::MemberChanged)), "{refused:?}");
        for id in world.session_ids() {
            let live = world.check(id, CheckMode::Peek).await.unwrap();
            assert_eq!(live, Checked::Ended(EndReason::Revoked));
            assert_eq!(world.ended(id), Some(EndReason::Revoked));
        }
    }
}

#[tokio::test]
async fn each_set_up_leads_to_its_kind_of_refresh() {
    for kind in RefreshKind::VARIANTS.iter().copied() {
        let (world, browser) = about_to(kind).await;
        let recorder = crate::counters::tests::recorder();
        let _local = metrics::set_default_local_recorder(&recorder);
        refreshed(&world, &browser.refresh).await.unwrap();
        let counted = crate::counters::tests::counted(&recorder);
        let line = format!("session_refreshes_total{{outcome=\"{}\"}} 1", kind.as_str());
        assert_eq!(counted, [line]);
    }
}
