//! What is printed while something happens: a heading, a sign of life on long steps, the time at the end.

use std::time::{Duration, Instant};

/// How often a step that takes long says that it is still at it.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// A step that has begun. Prints its heading at once.
pub(crate) struct Step {
    began: Instant,
}

impl Step {
    /// Prints the heading.
    pub(crate) fn begin(heading: &str) -> Self {
        println!("\n==> {heading}");
        Self { began: Instant::now() }
    }

    /// Prints how long it took.
    pub(crate) fn done(self) {
        println!("    done in {}", in_words(self.began.elapsed()));
    }
}

/// A remark within a step.
pub(crate) fn note(text: &str) {
    println!("    {text}");
}

/// Prints a line now and then, so that nobody wonders whether a long wait has hung.
pub(crate) struct Heartbeat<'a> {
    waits_for: &'a str,
    began: Instant,
    beats: u32,
}

impl<'a> Heartbeat<'a> {
    pub(crate) fn new(waits_for: &'a str) -> Self {
        Self { waits_for, began: Instant::now(), beats: 0 }
    }

    /// To be called often.
    pub(crate) fn beat(&mut self) {
        let elapsed = self.began.elapsed();
        if elapsed < HEARTBEAT * (self.beats + 1) {
            return;
        }
        self.beats += 1;
        println!("    … {}: {}", self.waits_for, in_words(elapsed));
    }
}

/// `0.4 s`, `12 s`, `3 min 5 s`.
pub(crate) fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", duration.as_secs_f32()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_in_the_unit_that_fits() {
        assert_eq!(in_words(Duration::from_millis(420)), "0.4 s");
        assert_eq!(in_words(Duration::from_secs(12)), "12 s");
        assert_eq!(in_words(Duration::from_secs(185)), "3 min 5 s");
    }
}
