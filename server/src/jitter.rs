//! Pauses that differ from instance to instance.

use std::time::Duration;

/// Returns half of the pause plus a random part of the other half, so that many instances do not retry at once.
pub(crate) fn jittered(pause: Duration) -> Duration {
    let chance = getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX));
    pause.mul_f64(0.5 + chance / 2.0)
}
