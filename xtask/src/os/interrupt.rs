//! Ctrl-C, SIGTERM and SIGHUP. The handler only sets a flag. Loops that wait check it, and the error that they
//! return unwinds through the drop guards, which end everything that was started.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Installs the handler. To be called once.
pub(crate) fn listen() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst))
        .context("cannot listen for Ctrl-C")
}

/// Returns whether a signal has come.
pub(crate) fn has_come() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Fails once a signal has come.
pub(crate) fn check() -> Result<()> {
    if has_come() {
        bail!("interrupted");
    }
    Ok(())
}

/// Sleeps between two looks at something that takes time. Fails once a signal has come.
pub(crate) fn pause(duration: Duration) -> Result<()> {
    check()?;
    thread::sleep(duration);
    check()
}
