//! The sweeper's round: what ended lately is closed again. It heals an end that the front desk was not told
//! of, and an open that was under way when the store was wiped. After the access lifetime there is no token
//! left that could use such a live session.

use crate::{
    counters,
    endings::close_each,
    ports::{Ports, StoreError},
};

/// What a round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Sessions that the front desk knows to be over now
    pub closed: usize,
    /// Sessions that it could not be told of; the next round tries again
    pub failed: usize,
}

/// Closes again what ended within the access lifetime (and grace, for clocks that differ).
///
/// # Errors
/// The database could not say.
pub async fn sweep(ports: &Ports) -> Result<Swept, StoreError> {
    let lately = ports.lifetimes.access + ports.lifetimes.grace;
    let ended = ports.sessions.ended_within(lately).await?;
    let all = ended.len();
    let failed = close_each(ports, ended).await;
    counters::swept(all - failed);
    Ok(Swept { closed: all - failed, failed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        log_out::log_out,
        memory::InMemory,
        session::{EndReason, Persistence},
    };

    #[tokio::test]
    async fn an_end_that_the_front_desk_missed_is_closed_by_the_next_round() {
        let world = InMemory::default();
        let browser = world.signed_in(Persistence::Browser).await;
        world.break_live_sessions();
        log_out(&world.ports(), browser.presented(), world.now()).await.unwrap();
        assert_eq!(sweep(&world.ports()).await.unwrap(), Swept { closed: 0, failed: 1 });
        world.mend_live_sessions();
        // Until then the access token still works: that is what is left of it.
        browser.authenticated(&world).await;
        assert_eq!(sweep(&world.ports()).await.unwrap(), Swept { closed: 1, failed: 0 });
        assert_eq!(browser.refusal(&world).await, EndReason::Logout);
    }

    #[tokio::test]
    async fn what_ended_long_ago_is_left_alone() {
        let world = InMemory::default();
        let browser = world.signed_in(Persistence::Browser).await;
        log_out(&world.ports(), browser.presented(), world.now()).await.unwrap();
        world.pass(world.ports().lifetimes.access * 2);
        assert_eq!(sweep(&world.ports()).await.unwrap(), Swept { closed: 0, failed: 0 });
    }
}
