//! Ctrl-C, SIGTERM and SIGHUP. The handler only sets a flag. Waiting loops check it and return an error, and the drop
//! guards on the way stop everything that was started.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Installs the handler. Must be called once.
pub(crate) fn listen() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst))
        .context("cannot listen for Ctrl-C")
}

/// Returns whether a signal has arrived.
pub(crate) fn has_come() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Fails once a signal has arrived.
pub(crate) fn check() -> Result<()> {
    if has_come() {
        bail!("interrupted");
    }
    Ok(())
}

/// Sleeps between two polls. Fails once a signal has arrived.
pub(crate) fn pause(duration: Duration) -> Result<()> {
    check()?;
    thread::sleep(duration);
    check()
}
