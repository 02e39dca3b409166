//! Node's packages.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::os::{process, programs, progress::note};

/// Installs the packages of a folder, unless they are already those of its lock file.
pub(crate) fn install_packages(folder: &Path) -> Result<()> {
    let modified = |file| fs::metadata(folder.join(file)).and_then(|file| file.modified()).ok();
    let installed = modified("node_modules/.package-lock.json");
    if installed.is_some() && installed >= modified("package-lock.json") {
        return Ok(());
    }
    let npm = programs::on_path("npm").context("install Node.js 20 or newer, with npm")?;
    note("npm ci");
    let mut command = Command::new(npm);
    command.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run("npm ci", &mut command)
}
