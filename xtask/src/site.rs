//! The browser's half of the site as it is shipped: release wasm, hashed names, precompressed. Built into a folder
//! of its own, so that checking does not disturb a `cargo xtask dev` that is running.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::process;
use crate::programs;
use crate::progress::note;
use crate::tools;
use crate::workspace;

/// The built site's folder.
pub(crate) fn folder() -> PathBuf {
    workspace::target().join("site-release")
}

/// Where cargo-leptos writes the hashes of a release build, whether or not it builds the server too.
pub(crate) fn hash_file() -> PathBuf {
    workspace::target().join("release/hash.txt")
}

/// Playwright itself, not `npx`, which would pass on no signal. SIGINT makes it close its browsers.
pub(crate) fn playwright() -> Command {
    process::leashed(workspace::end2end().join("node_modules/.bin/playwright"), Signal::SIGINT)
}

/// Builds the site.
///
/// # Errors
/// A tool is missing, or it does not compile.
pub(crate) fn build() -> Result<()> {
    tools::ensure_wasm_target()?;
    tools::ensure(&[&tools::CARGO_LEPTOS, &tools::WASM_BINDGEN])?;
    install_node_modules()?;

    let mut command = process::cargo();
    command.args([
        "leptos",
        "build",
        "--release",
        "--frontend-only",
        "--precompress",
        "--cargo-locked",
    ]);
    command.current_dir(workspace::root());
    // cargo-leptos takes wasm-opt from PATH; ours is an npm package beside Playwright.
    command.env(
        "PATH",
        programs::path_with(&[tools::bin(), workspace::end2end().join("node_modules/.bin")])?,
    );
    command.env("LEPTOS_SITE_ROOT", folder());
    command.env("LEPTOS_HASH_FILES", "true");
    process::run("building the browser's part", &mut command)
}

/// Installs the Node packages in `end2end`, unless what is there came from the present lock file.
///
/// # Errors
/// Node is missing, or npm failed.
pub(crate) fn install_node_modules() -> Result<()> {
    let folder = workspace::end2end();
    let wanted =
        fs::metadata(folder.join("package-lock.json")).and_then(|metadata| metadata.modified());
    let wanted = wanted.context("end2end/package-lock.json is missing")?;
    let installed = fs::metadata(folder.join("node_modules/.package-lock.json"))
        .and_then(|metadata| metadata.modified());
    if installed.is_ok_and(|installed| installed >= wanted) {
        return Ok(());
    }

    if programs::on_path("npm").is_none() {
        bail!("install Node.js 20 or newer, with npm: the browser tests need it");
    }
    note("npm ci");
    let mut command = Command::new("npm");
    command.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
    command.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run("npm ci", &mut command)
}
