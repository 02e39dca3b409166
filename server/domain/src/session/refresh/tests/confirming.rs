//! What happens between the decision and the answer, while the front desk is asked.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;

use super::*;
use crate::{
    account::member::Role,
    ports::{Authority, LiveSessions, Sessions},
    session::{
        LiveSession, SessionId,
        rotation::Move,
        start_session::{StartSessionError, start_session},
    },
};

/// A front desk at which something else is done, once, just after a session was opened.
struct Meanwhile {
    world: InMemory,
    then: Then,
    is_done: AtomicBool,
}

#[derive(Clone, Copy)]
enum Then {
    /// Another instance ends the session, and does not reach the front desk
    End,
    /// Another instance rotates it
    Rotate,
    /// The staff changes the member's role, before the front desk has heard of the session
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
                let (by, answered) = (Move::Rotate, row.generation + 1);
                let client = &Client::default();
                self.world.advance(Advance { row: &row, by, answered, client }).await?;
            }
        }
        opened
    }

    async fn check(&self, id: SessionId, look: Look) -> Result<Checked, StoreError> {
        self.world.check(id, look).await
    }

    async fn close(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        self.world.close(id, reason).await
    }
}

fn ports_where(world: &InMemory, then: Then) -> Ports {
    let live = Meanwhile { world: world.clone(), then, is_done: AtomicBool::new(false) };
    Ports { live: Arc::new(live), ..world.ports() }
}

/// A browser and the world in which its token is answered by this move.
async fn about_to(by: Move) -> (InMemory, SignedInBrowser) {
    let (world, mut browser) = signed_in().await;
    let (client, ports) = (Client::default(), world.ports());
    let rotated = async || {
        world.pass(Duration::from_secs(200));
        refresh(&ports, &browser.refresh, &client, world.now()).await.unwrap()
    };
    match by {
        Move::Rotate => world.pass(Duration::from_secs(200)),
        Move::Renew => {}
        Move::Replay => drop(rotated().await),
        Move::LateReplay => {
            rotated().await;
            world.pass(Duration::from_secs(200));
        }
        Move::Ahead => {
            browser.refresh = rotated().await.refresh.to_string();
            world.lose_rotations(browser.session_id);
        }
    }
    (world, browser)
}

const MOVES: [Move; 5] = [Move::Rotate, Move::Renew, Move::Replay, Move::LateReplay, Move::Ahead];

#[tokio::test]
async fn an_end_between_opening_and_confirming_is_noticed_and_closed_again() {
    for by in MOVES {
        let (world, browser) = about_to(by).await;
        let ports = ports_where(&world, Then::End);
        let refused = refresh(&ports, &browser.refresh, &Client::default(), world.now()).await;
        assert!(
            matches!(refused, Err(RefreshError::Ended(EndReason::Revoked))),
            "{by:?}: {refused:?}"
        );
        // What was opened just before is over, too.
        let live = world.check(browser.session_id, Look::Glance).await.unwrap();
        assert_eq!(live, Checked::Ended(EndReason::Revoked), "{by:?}");
    }
}

#[tokio::test]
async fn a_row_that_moves_on_meanwhile_is_decided_about_anew() {
    for by in [Move::Rotate, Move::Renew] {
        let (world, mut browser) = about_to(by).await;
        let ports = ports_where(&world, Then::Rotate);
        let tokens =
            refresh(&ports, &browser.refresh, &Client::default(), world.now()).await.unwrap();
        // One rotation, the other instance's; this one answers the same.
        assert_eq!(world.generation_of(browser.session_id), 2, "{by:?}");
        browser.keep(&tokens);
        assert_eq!(browser.authenticated(&world).await.claims.generation, 2, "{by:?}");
        let again =
            refresh(&world.ports(), &browser.refresh, &Client::default(), world.now()).await;
        assert_eq!(again.unwrap().refresh, tokens.refresh, "{by:?}");
    }
}

#[tokio::test]
async fn a_role_that_changes_meanwhile_is_the_one_that_the_front_desk_is_left_with() {
    for by in MOVES {
        let (world, browser) = about_to(by).await;
        let ports = ports_where(&world, Then::ChangeRole);
        let ask = async || refresh(&ports, &browser.refresh, &Client::default(), world.now()).await;
        let mut answer = ask().await;
        // What was merely overtaken is not forgiven a second time: it comes again.
        if by == Move::LateReplay {
            assert!(matches!(answer, Err(RefreshError::Contended)), "{answer:?}");
            answer = ask().await;
        }
        answer.unwrap();
        let Checked::Live { session, .. } =
            world.check(browser.session_id, Look::Glance).await.unwrap()
        else {
            panic!("not live, {by:?}")
        };
        assert_eq!(session.role, Role::Admin, "{by:?}");
    }
}

#[tokio::test]
async fn a_log_in_that_an_end_or_a_new_role_overtakes_leaves_nothing_live() {
    for then in [Then::End, Then::ChangeRole] {
        let world = InMemory::default();
        let member_id = world.add_member("hana@example.com", "a tree by the gate").await;
        let sign_in = world.sign_in_of(member_id, Persistence::Browser);
        let refused = start_session(&ports_where(&world, then), sign_in, world.now()).await;
        assert!(matches!(refused, Err(StartSessionError::MemberChanged)), "{refused:?}");
        for id in world.session_ids() {
            let live = world.check(id, Look::Glance).await.unwrap();
            assert_eq!(live, Checked::Ended(EndReason::Revoked));
            assert_eq!(world.ended(id), Some(EndReason::Revoked));
        }
    }
}

#[tokio::test]
async fn each_of_these_worlds_is_the_one_that_it_says() {
    for by in MOVES {
        let (world, browser) = about_to(by).await;
        let recorder = crate::counters::tests::recorder();
        let _local = metrics::set_default_local_recorder(&recorder);
        refresh(&world.ports(), &browser.refresh, &Client::default(), world.now()).await.unwrap();
        let counted = crate::counters::tests::counted(&recorder);
        let line = format!("session_refreshes_total{{outcome=\"{}\"}} 1", by.as_str());
        assert_eq!(counted, [line]);
    }
}
