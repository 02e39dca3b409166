//! The browser of the end-to-end tests.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::packages::{self, Means};
use crate::process;
use crate::programs;
use crate::site;
use crate::workspace;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const ON_MACOS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// Where the tests' browser comes from.
pub(crate) enum Chromium {
    /// A program of this machine.
    At(PathBuf),
    /// The one that Playwright downloads and finds by itself.
    Playwrights,
}

/// The browser of this machine: the one that `CHROMIUM_PATH` names, else one at the usual places.
pub(crate) fn find() -> Option<PathBuf> {
    let named = env::var_os("CHROMIUM_PATH").map(PathBuf::from);
    let on_macos =
        ON_MACOS.iter().map(PathBuf::from).find(|file| programs::is_executable(Path::new(file)));
    named.or_else(|| NAMES.iter().find_map(|name| programs::on_path(name))).or(on_macos)
}

/// Finds one, else installs one.
///
/// # Errors
/// There is none, and neither Debian nor Playwright could provide it.
pub(crate) fn find_or_install() -> Result<Chromium> {
    if let Some(file) = find() {
        return Ok(Chromium::At(file));
    }
    if packages::means() == Means::Debian {
        packages::install_debian(&["chromium"])?;
        let file = find().context("Chromium was installed, but is not on PATH")?;
        return Ok(Chromium::At(file));
    }
    let mut command = site::playwright();
    command.args(["install", "chromium"]).current_dir(workspace::end2end());
    process::run("downloading Chromium", &mut command)
        .context("install Chromium, then run this again")?;
    Ok(Chromium::Playwrights)
}
