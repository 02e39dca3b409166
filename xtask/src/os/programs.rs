//! Finds programs on `PATH`, and installs Debian packages for missing ones.

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::unistd::geteuid;

use super::{process, progress::step};
use crate::workspace;

/// The program of that name on `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

/// Returns whether the file exists and may be executed.
pub(crate) fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Returns whether [`ensure`] can install packages, as root on Debian.
pub(crate) fn can_install() -> bool {
    geteuid().is_root() && on_path("apt-get").is_some()
}

/// Installs a Debian package unless its programs are found. Does not start its services.
///
/// # Errors
/// `apt-get` failed, or this is not root on Debian; then the message says what to install.
pub(crate) fn ensure<Programs>(package: &str, find: fn() -> Option<Programs>) -> Result<Programs> {
    if let Some(found) = find() {
        return Ok(found);
    }
    if !can_install() {
        bail!(
            "install {package} with your system's package manager, and run this again (root on Debian need not)"
        );
    }
    step(&format!("Installing Debian's {package}"), || {
        let script = workspace::root().join(".ci/setup");
        process::run("apt-get", Command::new("bash").arg(script).arg(package))
    })?;
    find().with_context(|| format!("{package} was installed, but its programs are not found"))
}
