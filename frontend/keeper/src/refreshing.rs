//! The refresh: when it begins, how long it waits for the response, and how it handles it.

use crate::{
    effect::{Destination, Effect},
    event::LockHolder,
    post::{Attempt, Step},
    refusal::Refusal,
    schedule::{Clocks, Fresh, Schedule, answer_within, lock_within},
    state::Keeper,
};

/// The refresh phase of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No refresh is under way.
    Idle,
    /// A refresh waits for the lock.
    AwaitingLock,
    /// A refresh waits for its response.
    Refreshing { attempt: u32, asked_at: Clocks },
    /// The page is navigating away.
    Leaving,
}

impl Keeper {
    pub(crate) fn refresh_if_needed(&mut self) {
        if self.phase != Phase::Idle || !self.is_refresh_needed() {
            return;
        }
        // A form that holds the lock and needs a refresh would otherwise wait for itself.
        let has_lock = self.posts.iter().any(|post| post.holds_lock() && post.awaits_refresh());
        if has_lock {
            self.ask();
        } else {
            self.phase = Phase::AwaitingLock;
            self.effect(Effect::AcquireLock(LockHolder::Refresh, lock_within(self.grace)));
        }
    }

    /// Refreshes once the lock is granted or has timed out. Going ahead without it is safe: a frozen tab never releases
    /// it, and the server is idempotent.
    pub(crate) fn lock_settled(&mut self) {
        if self.phase == Phase::AwaitingLock {
            self.ask_if_still_needed();
        } else {
            self.effect(Effect::ReleaseLock(LockHolder::Refresh));
        }
    }

    pub(crate) fn refresh_answered(&mut self, attempt: u32, answer: Result<Fresh, Refusal>) {
        let asked_at = match self.phase {
            Phase::Refreshing { attempt: current, asked_at } if current == attempt => asked_at,
            // It was aborted.
            _ => return,
        };
        match answer {
            Ok(fresh) => {
                self.take(fresh);
                // Before the lock is released, so that its next holder knows already.
                self.announce();
                self.finish_refresh();
                self.post_again();
            }
            Err(refusal) if refusal.is_signed_out() => {
                self.finish_refresh();
                self.leave(Destination::LogIn);
            }
            Err(refusal) if refusal.is_about_another_session() => {
                self.finish_refresh();
                self.leave(Destination::Reload);
            }
            // A request that failed because the page was frozen says nothing about the server.
            Err(_) if self.has_stood_still_since(asked_at) => self.ask_if_still_needed(),
            Err(refusal) => {
                self.finish_refresh();
                self.failed(refusal);
                self.refuse_waiting_posts(refusal);
            }
        }
    }

    /// Records that the server could not be reached, or was unavailable.
    pub(crate) fn failed(&mut self, refusal: Refusal) {
        let chance = self.now.chance;
        self.with_schedule(|schedule| schedule.failed(refusal.retry_after, chance));
        // The wait may end before the next tick.
        if let Some(wait) = self.schedule.as_ref().map(Schedule::wait) {
            self.effect(Effect::WakeIn(wait));
        }
    }

    /// Keeps responses to refreshes from arriving after the cookies of a form that changes the session.
    pub(crate) fn stand_back(&mut self) {
        self.abort_refresh();
        self.refuse_waiting_posts(Refusal::NO_ANSWER);
        self.with_schedule(Schedule::stand_back);
    }

    pub(crate) fn abort_refresh(&mut self) {
        if matches!(self.phase, Phase::Refreshing { .. }) {
            self.effect(Effect::AbortRefresh);
            self.finish_refresh();
        }
    }

    fn is_refresh_needed(&self) -> bool {
        let refreshes = self.refreshes;
        self.schedule.as_ref().is_some_and(Schedule::is_due)
            || self
                .posts
                .iter()
                .any(|post| post.step == Step::AwaitingRefresh(Attempt::First { refreshes }))
    }

    /// Another tab may have refreshed while this one waited for the lock or for its own response.
    fn ask_if_still_needed(&mut self) {
        if self.is_refresh_needed() {
            self.ask();
        } else {
            self.finish_refresh();
            self.post_again();
        }
    }

    fn ask(&mut self) {
        self.attempts += 1;
        let attempt = self.attempts;
        self.phase = Phase::Refreshing { attempt, asked_at: self.now.clocks };
        self.effect(Effect::Refresh { attempt, within: answer_within(self.grace) });
    }

    fn finish_refresh(&mut self) {
        self.phase = Phase::Idle;
        self.effect(Effect::ReleaseLock(LockHolder::Refresh));
    }

    fn has_stood_still_since(&self, asked_at: Clocks) -> bool {
        self.now.clocks.since(asked_at) > 2 * answer_within(self.grace)
    }
}
