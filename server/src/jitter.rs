//! Pauses that differ from instance to instance.

use std::time::Duration;

/// Half of the pause for certain and half by chance, so that many instances do not knock at once.
pub(crate) fn jittered(pause: Duration) -> Duration {
    let chance = getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX));
    pause.mul_f64(0.5 + chance / 2.0)
}
