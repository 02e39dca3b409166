//! Paths: the repository, cargo's output, and `.genkan`, the git-ignored folder of this program.

use std::env;
use std::path::{Path, PathBuf};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Cargo's output folder.
pub(crate) fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or("target".into()))
}

/// The folder of Playwright's tests.
pub(crate) fn end2end() -> PathBuf {
    root().join("end2end")
}

/// The folder of tools and stores. Deleting it only loses development data and time.
pub(crate) fn genkan() -> PathBuf {
    root().join(".genkan")
}
