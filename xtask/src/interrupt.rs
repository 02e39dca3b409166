//! Ctrl-C, SIGTERM and SIGHUP. The handler only sets a flag: whoever waits asks for it, and the error that
//! comes of it unwinds through the drop guards, so everything that was started is ended on the way out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The run was told to stop.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// Starts to listen. To be called once.
///
/// # Errors
/// The handler could not be installed.
pub(crate) fn listen() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst))
        .context("cannot listen for Ctrl-C")
}

/// # Errors
/// [`Interrupted`], once a signal has come.
pub(crate) fn check() -> Result<()> {
    if INTERRUPTED.load(Ordering::SeqCst) {
        return Err(Interrupted.into());
    }
    Ok(())
}

/// Waits a short while, for the next look at something that takes time.
///
/// # Errors
/// [`Interrupted`], once a signal has come.
pub(crate) fn pause(duration: Duration) -> Result<()> {
    check()?;
    thread::sleep(duration);
    check()
}
