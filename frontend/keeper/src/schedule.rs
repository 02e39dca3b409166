//! The schedule of refreshes: pure rules over clocks that are passed in.
//!
//! Time is only counted down from the seconds left that the server reported. A clock that is wrong, or set while the
//! page is open, therefore affects only when the server is asked; the server alone decides who is signed in. Nothing
//! here waits: [`Schedule::look`] is called on a short tick and whenever the page wakes.

use std::time::Duration;

/// The upper bound of a tick, however long a token lives.
const LONGEST_TICK: Duration = Duration::from_secs(30);
const SHORTEST_TICK: Duration = Duration::from_millis(250);
/// The minimum time between a response and the next refresh.
const PAUSE: Duration = Duration::from_secs(1);
/// The server reports whole seconds.
const ROUNDING: Duration = Duration::from_secs(1);
/// The first wait after a failure; each further one is twice as long …
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// … up to this, unless the server asks for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The upper bound of a wait, whatever the server asks for: browsers count a timer's milliseconds in 32 bits.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);
/// The time without refreshes after a log-in or log-out begins.
const STAND_BACK: Duration = Duration::from_secs(10);
/// A replay this soon after another is not recorded in the session's row (`server/src/postgres/sessions/advance.rs`),
/// so the timeout is shortened by as much.
const REPLAY_UNNOTED: Duration = Duration::from_millis(200);

/// The browser's two clocks at one moment. Neither can be trusted alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clocks {
    /// `performance.now()`: cannot be set, but stops while the machine sleeps.
    pub steady: Duration,
    /// `Date.now()`: runs while the machine sleeps, but can be set.
    pub wall: Duration,
}

impl Clocks {
    /// The clocks as a browser reports them, in milliseconds.
    #[must_use]
    pub fn from_milliseconds(steady: f64, wall: f64) -> Self {
        Self { steady: milliseconds(steady), wall: milliseconds(wall) }
    }

    /// The larger of the two changes.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        let steady = self.steady.saturating_sub(earlier.steady);
        steady.max(self.wall.saturating_sub(earlier.wall))
    }
}

/// The visibility of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Page {
    /// In front.
    #[default]
    Shown,
    /// Behind other tabs or windows.
    Hidden,
}

/// The time left of a session when the server renders a page.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// Until the access token expires.
    pub access_left: Duration,
    /// The lifetime of a new access token.
    pub access_lifetime: Duration,
    /// Until the session's absolute timeout.
    pub session_left: Duration,
    /// Until the session's idle timeout.
    pub idle_left: Duration,
}

/// The time left of a session after a refresh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fresh {
    /// Until the access token expires.
    pub access_left: Duration,
    /// Until the session's absolute timeout.
    pub session_left: Duration,
}

impl Fresh {
    /// Converts the seconds in a response.
    #[must_use]
    pub fn from_seconds(access_left: f64, session_left: f64) -> Self {
        Self {
            access_left: milliseconds(access_left * 1000.0),
            session_left: milliseconds(session_left * 1000.0),
        }
    }
}

/// The schedule of the next refresh.
#[derive(Debug, Clone)]
pub struct Schedule {
    looked: Clocks,
    access_lifetime: Duration,
    access_left: Duration,
    session_left: Duration,
    /// A refresh is due once no more than this is left of the access token.
    margin: Duration,
    idle: Duration,
    hidden_for: Duration,
    wait: Duration,
    failures: u32,
}

impl Schedule {
    /// A schedule from the server's report at `now`. `chance`, from 0 to 1, spreads the refreshes of many browsers.
    #[must_use]
    pub fn new(reported: Lifetimes, now: Clocks, chance: f64) -> Self {
        Self {
            looked: now,
            access_lifetime: reported.access_lifetime,
            access_left: reported.access_left,
            session_left: reported.session_left,
            margin: margin(reported.access_lifetime, chance),
            idle: reported.idle_left,
            hidden_for: Duration::ZERO,
            wait: Duration::ZERO,
            failures: 0,
        }
    }

    /// The interval between looks: short enough for the spread, and never one long timer, which a sleeping machine or
    /// a hidden page would delay.
    #[must_use]
    pub fn tick(&self) -> Duration {
        (self.access_lifetime / 20).clamp(SHORTEST_TICK, LONGEST_TICK)
    }

    /// Subtracts the time since the last look.
    pub fn look(&mut self, now: Clocks, page: Page) {
        let passed = now.since(self.looked);
        self.looked = now;
        for left in [&mut self.access_left, &mut self.session_left, &mut self.wait] {
            *left = left.saturating_sub(passed);
        }
        self.hidden_for = match page {
            Page::Shown => Duration::ZERO,
            Page::Hidden => self.hidden_for.saturating_add(passed),
        };
    }

    /// Returns whether to refresh now, as of the last look.
    #[must_use]
    pub fn is_due(&self) -> bool {
        let is_used_up = self.access_left <= self.margin && !self.lasts_as_long_as_the_session();
        self.wait.is_zero() && !self.is_abandoned() && (is_used_up || self.is_in_trouble())
    }

    /// Returns whether the last attempt failed.
    #[must_use]
    pub fn is_in_trouble(&self) -> bool {
        self.failures > 0
    }

    /// The wait before the next attempt.
    #[must_use]
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// The time left, as of the last look.
    #[must_use]
    pub fn fresh(&self) -> Fresh {
        Fresh { access_left: self.access_left, session_left: self.session_left }
    }

    /// Returns whether `fresh`, reported by another tab, is more recent than what this page knows.
    #[must_use]
    pub fn is_outdone_by(&self, fresh: Fresh) -> bool {
        fresh.access_left > self.access_left + ROUNDING
    }

    /// Restarts the countdown after a refresh.
    pub fn refreshed(&mut self, fresh: Fresh, chance: f64) {
        self.access_left = fresh.access_left;
        self.session_left = fresh.session_left;
        self.margin = margin(self.access_lifetime, chance);
        self.wait = PAUSE;
        self.failures = 0;
    }

    /// Records that the server could not be reached or was unavailable. Backs off exponentially, and never for less
    /// than the server has asked for; `chance` keeps browsers from retrying all at once.
    pub fn failed(&mut self, retry_after: Option<Duration>, chance: f64) {
        let doubled = FIRST_WAIT * 2_u32.pow(self.failures.min(10));
        let retry_after = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
        let wait = doubled.min(LONGEST_WAIT).max(retry_after);
        let wait = wait.saturating_add(wait * per_mille(chance, 250) / 1000);
        self.wait = self.wait.max(wait);
        self.failures = self.failures.saturating_add(1);
    }

    /// Records that the server answered another request.
    pub fn worked(&mut self) {
        if self.is_in_trouble() {
            self.wait = Duration::ZERO;
            self.failures = 0;
        }
    }

    /// Drops the wait that a missing network caused.
    pub fn back_online(&mut self) {
        self.wait = Duration::ZERO;
    }

    /// Holds refreshes back while the member logs in or out, because the cookies of that response must be set last.
    pub fn stand_back(&mut self) {
        self.wait = self.wait.max(STAND_BACK);
    }

    /// Returns whether the access token ends with the session, so that a new one would not last longer. Once both are
    /// over, the server says why.
    fn lasts_as_long_as_the_session(&self) -> bool {
        !self.access_left.is_zero() && self.session_left <= self.access_left + ROUNDING
    }

    /// Returns whether the page has been hidden for as long as an unused session lasts: a page that nobody looks at
    /// must not keep it alive.
    fn is_abandoned(&self) -> bool {
        !self.hidden_for.is_zero() && self.hidden_for >= self.idle.min(self.session_left)
    }
}

/// The timeout of a refresh: nearly half of the grace period. A later response could overwrite two newer ones in the
/// cookie jar, and the session would look stolen, as the model checker in `server/domain/tests/protocol` shows.
#[must_use]
pub fn answer_within(grace: Duration) -> Duration {
    grace.saturating_sub(REPLAY_UNNOTED) / 2
}

/// The timeout for another tab's refresh, because a frozen tab never releases its lock.
#[must_use]
pub fn lock_within(grace: Duration) -> Duration {
    answer_within(grace)
}

/// The remaining time at which an access token is replaced: 40 % to 10 % of its lifetime.
fn margin(access_lifetime: Duration, chance: f64) -> Duration {
    access_lifetime * (100 + per_mille(chance, 300)) / 1000
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast keeps within 0 and u64::MAX, whatever the number"
)]
fn milliseconds(number: f64) -> Duration {
    Duration::from_millis(number as u64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast keeps within 0 and u32::MAX, whatever the number"
)]
fn per_mille(chance: f64, most: u32) -> u32 {
    ((chance * f64::from(most)) as u32).min(most)
}

#[cfg(test)]
mod tests;
