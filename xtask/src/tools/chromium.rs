//! The browser of the end-to-end tests.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use crate::os::{process, programs};
use crate::workspace;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The browser in `CHROMIUM_PATH`, else one on `PATH`.
pub(crate) fn find() -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM_PATH").map(PathBuf::from);
    named.or_else(|| NAMES.iter().find_map(|name| programs::on_path(name)))
}

/// Finds or installs a browser. Returns `None` for Playwright's own, which it finds by itself.
pub(crate) fn find_or_install() -> Result<Option<PathBuf>> {
    if find().is_some() || programs::can_install() {
        return programs::ensure("chromium", find).map(Some);
    }
    let playwright = workspace::end2end().join("node_modules/.bin/playwright");
    let mut command = process::leashed(playwright, Signal::SIGINT);
    command.args(["install", "chromium"]).current_dir(workspace::end2end());
    process::run("downloading Chromium", &mut command)
        .context("install Chromium, then run this again")?;
    Ok(None)
}
