//! The sweeper: makes up for what the live-session store missed, or has forgotten. Each round closes the ended
//! sessions whose tombstone the store has not taken. And whenever it may have forgotten something, all that ended
//! lately is closed once more: tombstones may be gone, and an open that was under way when the store was wiped may
//! have brought a session back. After the access lifetime there is no token left that could use such a live session.

use super::{
    EndReason, SessionId, StoreError,
    endings::{Closings, close_ended},
    ports::{CheckMode, Checked, Ends},
    resources::Resources,
};

/// Whether the live-session store is known to have failed since the last round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// It is not.
    Quiet,
    /// It has failed, or was connected to anew, and answers again.
    Recovery,
}

/// One instance's sweeper.
#[derive(Debug)]
pub struct Sweeper {
    /// A tombstone of no session, which only this sweeper writes: where it is gone, others are as well
    witness: SessionId,
    /// All that ended lately is to be closed once more, and has not been
    owes_all: bool,
}

impl Default for Sweeper {
    /// One that has seen nothing yet, and so closes in its first round all that ended lately.
    fn default() -> Self {
        Self { witness: SessionId::random(), owes_all: false }
    }
}

impl Sweeper {
    /// One round.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn round(
        &mut self,
        resources: &Resources,
        since: Since,
    ) -> Result<Closings, StoreError> {
        let has_forgotten = self.finds_its_witness_gone(resources).await;
        self.owes_all |= has_forgotten || since == Since::Recovery;
        let ends = if self.owes_all { Ends::All } else { Ends::Unclosed };
        let closings = close_ended(resources, ends).await?;
        self.owes_all &= closings.failed > 0;
        Ok(closings)
    }

    /// Asks for the witness, and writes it anew before anything is closed: should the store be wiped again
    /// meanwhile, the next round finds that out. After an hour it expires as every tombstone does; then all is
    /// closed once more, which does no harm.
    async fn finds_its_witness_gone(&self, resources: &Resources) -> bool {
        if !matches!(resources.live.check(self.witness, CheckMode::Peek).await, Ok(Checked::Absent))
        {
            return false;
        }
        if let Err(error) = resources.live.close(self.witness, EndReason::Logout).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "sweeper.no_witness");
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

    /// A sweeper that has been round before.
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
    async fn an_end_that_the_front_desk_missed_is_closed_by_the_next_round() {
        let world = InMemory::default();
        let mut sweeper = sweeper(&world).await;
        let browser = world.signed_in(Persistence::Browser).await;
        world.break_live_sessions();
        leave(&world, &browser).await;
        assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (0, 1));
        world.mend_live_sessions();
        // Until then the access token still works: that is what is left of it.
        browser.authenticated(&world).await;
        assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (1, 0));
        assert_eq!(browser.refusal(&world).await, EndReason::Logout);
        assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (0, 0));
    }

    #[tokio::test]
    async fn an_end_that_the_store_took_is_not_closed_again() {
        let world = InMemory::default();
        let mut sweeper = sweeper(&world).await;
        for _ in 0..3 {
            let browser = world.signed_in(Persistence::Browser).await;
            leave(&world, &browser).await;
            assert_eq!(swept(&world, &mut sweeper, Since::Quiet).await, (0, 0));
        }
    }

    #[tokio::test]
    async fn after_a_wipe_or_a_recovery_what_ended_lately_is_closed_once_more() {
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
    async fn what_is_owed_after_a_recovery_stays_owed_until_it_is_done() {
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
    async fn more_than_a_batch_is_closed_in_one_round() {
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
    async fn what_ended_long_ago_is_left_alone() {
        let world = InMemory::default();
        let browser = world.signed_in(Persistence::Browser).await;
        leave(&world, &browser).await;
        world.pass(world.session().lifetimes.access * 2);
        assert_eq!(swept(&world, &mut Sweeper::default(), Since::Quiet).await, (0, 0));
    }
}
