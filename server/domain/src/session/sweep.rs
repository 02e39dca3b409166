//! The sweeper: repeats what the live-session store has missed or lost. Each round closes the ended sessions whose
//! tombstone the store has not taken. If the store may have lost data, every session that ended recently is closed once
//! more: tombstones may be gone, and an open that was in flight when the store was wiped may have brought a session
//! back. After the access lifetime, no token is left that could use such a live session.

use super::{
    EndReason, SessionId, StoreError,
    causes::causes,
    endings::{Closings, close_ended},
    ports::{CheckMode, Checked, Ends},
    resources::Resources,
};

/// State of the live-session store since the last round, as far as this instance knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// It has not failed.
    Quiet,
    /// It has failed or was reconnected, and is available again.
    Recovery,
}

/// One instance's sweeper.
#[derive(Debug)]
pub struct Sweeper {
    /// A tombstone of no session, which only this sweeper writes: if it is gone, others are gone as well
    witness: SessionId,
    /// True while everything that ended recently has to be closed once more
    all_are_due: bool,
}

impl Default for Sweeper {
    /// A sweeper whose first round closes everything that ended recently.
    fn default() -> Self {
        Self { witness: SessionId::random(), all_are_due: false }
    }
}

impl Sweeper {
    /// Makes one round.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn round(
        &mut self,
        resources: &Resources,
        since: Since,
    ) -> Result<Closings, StoreError> {
        let has_forgotten = self.finds_its_witness_gone(resources).await;
        self.all_are_due |= has_forgotten || since == Since::Recovery;
        let ends = if self.all_are_due { Ends::All } else { Ends::Unclosed };
        let closings = close_ended(resources, ends).await?;
        self.all_are_due &= closings.failed > 0;
        Ok(closings)
    }

    /// Checks for the witness, and writes it again before anything is closed, so that the next round notices if the
    /// store is wiped again meanwhile. It expires after an hour like every tombstone; then everything is closed once
    /// more, which does no harm.
    async fn finds_its_witness_gone(&self, resources: &Resources) -> bool {
        if !matches!(resources.live.check(self.witness, CheckMode::Peek).await, Ok(Checked::Absent))
        {
            return false;
        }
        if let Err(error) = resources.live.close(self.witness, EndReason::Logout).await {
            tracing::debug!(error = %causes(&error), "sweeper.no_witness");
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::suspend::suspend,
        memory::{InMemory, SignedInBrowser},
        session::{Client, Persistence, endings::BATCH, log_out::log_out},
    };

    async fn leave(world: &InMemory, browser: &SignedInBrowser) {
        log_out(&world.session(), browser.presented(), &Client::default(), world.now())
            .await
            .unwrap();
    }

    /// A sweeper that has made a round before.
    async fn sweeper(world: &InMemory) -> Sweeper {
        let mut sweeper = Sweeper::default();
        sweeper.round(&world.session(), Since::Quiet).await.unwrap();
        sweeper
    }

    async fn swept(world: &InMemory, sweeper: &mut Sweeper, since: Since) -> (usize, usize) {
        let swept = sweeper.round(&world.session(), since).await.unwrap();
        (swept.closed, swept.failed)
    }

    #[tokio::test]
    async fn an_end_that_the_live_session_store_missed_is_closed_by_the_next_sweep() {
        let world = InMemory::default();
        let mut sweeper = sweeper(&world).await;
        let browser = world.signed_in(Persistence::Browser).await;
        world.break_live_sessions();
        leave(&world, &browser).await;
        assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (0, 1));
        world.mend_live_sessions();
        // Until then the access token still works: that is what remains of the session.
        browser.authenticated(&world).await;
        assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (1, 0));
        assert_eq!(browser.refusal(&world).await, EndReason::Logout);
        assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (0, 0));
    }

    #[tokio::test]
    async fn an_end_that_the_live_session_store_has_is_not_swept() {
        let world = InMemory::default();
        let mut sweeper = sweeper(&world).await;
        for _ in 0..3 {
            let browser = world.signed_in(Persistence::Browser).await;
            leave(&world, &browser).await;
            assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (0, 0));
        }
    }

    #[tokio::test]
    async fn after_a_wipe_or_a_recovery_sessions_that_ended_recently_are_closed_again() {
        let world = InMemory::default();
        let mut sweeper = sweeper(&world).await;
        let browser = world.signed_in(Persistence::Browser).await;
        leave(&world, &browser).await;
        world.wipe_live_sessions();
        assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (1, 0));
        assert_eq!(browser.refusal(&world).await, EndReason::Logout);
        assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (0, 0));
        assert_eq!(swept(&world, &mut sweeper, Since::Recovery).await, (1, 0));
        assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (0, 0));
    }

    #[tokio::test]
    async fn a_sweep_after_a_recovery_is_repeated_until_it_succeeds() {
        let world = InMemory::default();
        let mut sweeper = sweeper(&world).await;
        let browser = world.signed_in(Persistence::Browser).await;
        leave(&world, &browser).await;
        world.break_live_sessions();
        assert_eq!(swept(&world, &mut sweeper, Since::Recovery).await, (0, 1));
        world.break_database();
        assert!(sweeper.round(&world.session(), Since::Quiet).await.is_err());
        world.mend_database();
        world.mend_live_sessions();
        assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (1, 0));
    }

    #[tokio::test]
    async fn a_sweep_closes_more_than_a_batch() {
        let world = InMemory::default();
        let mut sweeper = sweeper(&world).await;
        world.allow_sessions(u32::MAX);
        let member = world.add_member("hana@example.com", "a tree by the gate").await;
        let all = BATCH as usize * 2 + 1;
        for _ in 0..all {
            world.signed_in_as(member, Persistence::Browser).await;
        }
        suspend(&world.resources(), member).await.unwrap();
        world.wipe_live_sessions();
        assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (all, 0));
    }

    #[tokio::test]
    async fn a_session_that_ended_long_ago_is_not_swept() {
        let (world, browser) = InMemory::with_browser().await;
        leave(&world, &browser).await;
        world.pass(world.session().lifetimes.access * 2);
        assert_eq!(swept(&world, &mut Sweeper::default(), Since::Quiet).await, (0, 0));
    }
}
