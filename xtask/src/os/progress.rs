//! Progress output: a heading before a step, and its duration after it.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Prints the heading, does the work, and prints its duration.
pub(crate) fn step<T>(heading: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n==> {heading}");
    let began = Instant::now();
    let result = work()?;
    note(&format!("done in {}", in_minutes(began.elapsed())));
    Ok(result)
}

/// Prints a remark within a step.
pub(crate) fn note(text: &str) {
    println!("    {text}");
}

/// `3:05 min`.
pub(crate) fn in_minutes(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02} min", seconds / 60, seconds % 60)
}
