//! Where things are: the repository, cargo's output, and `.genkan`, the git-ignored folder of this program.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Cargo's output folder.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The folder of Playwright's tests.
pub(crate) fn end2end() -> PathBuf {
    root().join("end2end")
}

/// What this program keeps: tools, stores, wheels. Deleting it costs time and the development data, no more.
pub(crate) fn genkan() -> PathBuf {
    root().join(".genkan")
}

/// Held while `cargo xtask dev` runs. The operating system lets go of it however the process ends.
pub(crate) struct DevLock {
    _file: File,
}

impl DevLock {
    /// # Errors
    /// Another `cargo xtask dev` runs in this checkout.
    pub(crate) fn take() -> Result<Self> {
        fs::create_dir_all(genkan()).context("cannot create .genkan")?;
        let file =
            File::create(genkan().join("dev.lock")).context("cannot create .genkan/dev.lock")?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                bail!("`cargo xtask dev` already runs in this checkout; end that one first")
            }
            Err(TryLockError::Error(error)) => Err(error).context("cannot lock .genkan/dev.lock"),
        }
    }
}
