//! The remaining time of a session, in the unit for a sentence.

use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The longest time that a session can still last, rounded up for a sentence with "at most". The unit is the largest of
/// which at least two are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLeft {
    /// At least two days.
    Days(u64),
    /// At least two hours.
    Hours(u64),
    /// At least two minutes.
    Minutes(u64),
    /// Less than two minutes.
    Soon,
}

impl TimeLeft {
    /// Converts a duration.
    #[must_use]
    pub fn of(left: Duration) -> Self {
        match left.as_secs() {
            seconds if seconds >= 2 * DAY => Self::Days(seconds.div_ceil(DAY)),
            seconds if seconds >= 2 * HOUR => Self::Hours(seconds.div_ceil(HOUR)),
            seconds if seconds >= 2 * MINUTE => Self::Minutes(seconds.div_ceil(MINUTE)),
            _ => Self::Soon,
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_time_left_is_in_the_largest_unit_with_at_least_two() {
        for (seconds, length) in [
            (90 * DAY, TimeLeft::Days(90)),
            (90 * DAY - 1, TimeLeft::Days(90)),
            (2 * DAY, TimeLeft::Days(2)),
            (2 * DAY - 1, TimeLeft::Hours(48)),
            (2 * HOUR, TimeLeft::Hours(2)),
            (2 * HOUR - 1, TimeLeft::Minutes(120)),
            (2 * MINUTE, TimeLeft::Minutes(2)),
            (2 * MINUTE - 1, TimeLeft::Soon),
            (0, TimeLeft::Soon),
        ] {
            assert_eq!(TimeLeft::of(Duration::from_secs(seconds)), length, "{seconds}");
        }
    }
}
