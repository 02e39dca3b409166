//! Memcached, for the tests of the live-session store in it, which start their own servers.

use std::path::PathBuf;

use anyhow::Result;

use crate::os::programs;

const PROGRAM: &str = "memcached";

/// The server's program, installed if necessary.
///
/// # Errors
/// It cannot be installed.
pub(crate) fn ensure() -> Result<PathBuf> {
    programs::ensure(PROGRAM, find)
}

/// The server's program, if installed.
pub(crate) fn find() -> Option<PathBuf> {
    programs::on_path(PROGRAM)
}
