//! The site as this program runs it: the server's binary, and the release build of the browser's half.

mod built;
mod server;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};

pub(crate) use self::built::Built;
pub(crate) use self::server::{
    Build, DEMO_EMAIL, DEMO_PASSWORD, Server, build_server, migrate, new_key, new_key_by, program,
    seed_demo, server, server_in_development,
};
use crate::os::{interrupt, process, progress::note};
use crate::tools::{self, node, rust};
use crate::workspace;

/// The folder of the browser's half, separate from that of a running `cargo xtask dev`.
pub(crate) fn folder() -> PathBuf {
    workspace::target().join("site-release")
}

/// Builds the browser's half once per run: release WASM, hashed names, precompressed.
pub(crate) fn build_browser_half() -> Result<()> {
    let _alone = wait_for_other_builds()?;
    build_browser_half_alone()
}

/// Builds everything, and copies it to a new folder, where no later build changes it.
pub(crate) fn build_copy(build: Build, folder: &Path) -> Result<Built> {
    let _alone = wait_for_other_builds()?;
    build_browser_half_alone()?;
    build.make()?;
    Built::in_place(build).copy_to(folder)
}

/// Waits until no other run of this program in this checkout builds; the next one waits until the result is dropped.
/// cargo-leptos, unlike cargo, does not see to that.
fn wait_for_other_builds() -> Result<File> {
    let path = workspace::target().join("xtask-build.lock");
    fs::create_dir_all(workspace::target()).context("cannot create target")?;
    let lock = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    let mut is_told = false;
    while let Err(error) = lock.try_lock() {
        if let TryLockError::Error(error) = error {
            return Err(error).context("cannot lock the folder target");
        }
        if !is_told {
            note("Waiting for another command's build");
            is_told = true;
        }
        interrupt::pause(Duration::from_millis(100))?;
    }
    Ok(lock)
}

fn build_browser_half_alone() -> Result<()> {
    static BUILT: AtomicBool = AtomicBool::new(false);

    if BUILT.load(Ordering::Relaxed) {
        return Ok(());
    }
    rust::ensure_wasm_target()?;
    tools::cargo::LEPTOS.ensure()?;
    tools::cargo::WASM_BINDGEN.ensure()?;
    // They include wasm-opt.
    node::install_packages(&workspace::end2end())?;

    let mut command = process::cargo();
    command.args(["leptos", "build", "--release", "--frontend-only", "--precompress"]);
    command.arg("--cargo-locked");
    command.env("LEPTOS_SITE_ROOT", folder()).env("LEPTOS_HASH_FILES", "true");
    process::run("building the browser's half", &mut command)?;
    BUILT.store(true, Ordering::Relaxed);
    Ok(())
}
