//! This machine's clock compared with the database's, which all instances share. Tokens are issued and checked by an
//! instance's own clock, so one with a wrong clock refuses the others' tokens, and they its own.

use time::{Duration, OffsetDateTime};

use super::access_token::LEEWAY;

/// The database's time, and this machine's before and after asking for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// Before asking
    pub before: OffsetDateTime,
    /// The database's
    pub database: OffsetDateTime,
    /// After the answer
    pub after: OffsetDateTime,
}

/// Error of a clock by which an instance cannot serve beside others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this machine's clock is {:.1} s {} the database's",
    ahead.abs().as_seconds_f64(),
    if ahead.is_positive() { "ahead of" } else { "behind" }
)]
pub struct WrongClock {
    /// As [`ClockReading::ahead`] returns it
    pub ahead: Duration,
}

impl ClockReading {
    /// The time by which this machine's clock is ahead of the database's at least; negative if it is behind. Zero if
    /// the answer took so long that both may agree: a slow database makes no clock wrong.
    #[must_use]
    pub fn ahead(&self) -> Duration {
        let ahead = (self.before - self.database).max(Duration::ZERO);
        let behind = (self.database - self.after).max(Duration::ZERO);
        ahead - behind
    }

    /// Checks that every instance that passes this check accepts the tokens of every other one.
    ///
    /// # Errors
    /// The clock differs by more than [`LEEWAY`].
    pub fn check(&self) -> Result<(), WrongClock> {
        let ahead = self.ahead();
        if ahead.unsigned_abs() > LEEWAY {
            return Err(WrongClock { ahead });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::noon;

    /// A reading by a clock that is ahead of the database's by so many seconds, of an answer that took as many.
    fn reading(ahead: i64, took: i64) -> ClockReading {
        let before = noon() + Duration::seconds(ahead);
        ClockReading { before, database: noon(), after: before + Duration::seconds(took) }
    }

    #[test]
    fn a_clock_may_differ_by_the_leeway_of_tokens_in_either_direction() {
        for ahead in [-5, 0, 5] {
            assert_eq!(reading(ahead, 0).check(), Ok(()), "{ahead}");
        }
        for (ahead, says) in [
            (6, "this machine's clock is 6.0 s ahead of the database's"),
            (-300, "this machine's clock is 300.0 s behind the database's"),
        ] {
            assert_eq!(reading(ahead, 0).check().unwrap_err().to_string(), says);
        }
    }

    #[test]
    fn a_slow_answer_makes_no_clock_wrong() {
        for (ahead, took, at_least) in [(-20, 20, 0), (-20, 30, 0), (-20, 14, -6), (6, 30, 6)] {
            assert_eq!(reading(ahead, took).ahead(), Duration::seconds(at_least), "{ahead} {took}");
        }
    }
}
