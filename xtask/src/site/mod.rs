//! The site as this program runs it: the server's binary, and the release build of the browser's half.

mod server;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;

pub(crate) use self::server::{
    Build, DEMO_EMAIL, DEMO_PASSWORD, Server, asset_variables, build_server, migrate, new_key,
    new_key_by, program, seed_demo, server, server_in_development,
};
use crate::os::process;
use crate::tools::{self, node, rust};
use crate::workspace;

/// The folder of the browser's half, separate from that of a running `cargo xtask dev`.
pub(crate) fn folder() -> PathBuf {
    workspace::target().join("site-release")
}

/// Builds the browser's half once per run: release WASM, hashed names, precompressed.
pub(crate) fn build_browser_half() -> Result<()> {
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
