//! Parts of the Rust toolchain that rustup's minimal profile lacks.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::os::{process, programs};
use crate::workspace;

const WASM: &str = "wasm32-unknown-unknown";

/// Returns whether rustc can compile for the browser.
pub(crate) fn has_wasm_target() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print=target-libdir", "--target", WASM]).current_dir(workspace::root());
    process::output_of(&mut rustc).is_some_and(|folder| Path::new(&folder).is_dir())
}

/// Ensures that rustc can compile for the browser.
pub(crate) fn ensure_wasm_target() -> Result<()> {
    if has_wasm_target() { Ok(()) } else { rustup(&["target", "add", WASM]) }
}

/// Ensures that clippy and rustfmt are installed.
pub(crate) fn ensure_components() -> Result<()> {
    for (program, component) in [("cargo-fmt", "rustfmt"), ("cargo-clippy", "clippy")] {
        if process::output_of(Command::new(program).arg("--version")).is_none() {
            rustup(&["component", "add", component])?;
        }
    }
    Ok(())
}

fn rustup(arguments: &[&str]) -> Result<()> {
    let rustup = programs::on_path("rustup").with_context(|| {
        format!("this needs `rustup {}`, or another way to install it", arguments.join(" "))
    })?;
    process::run("rustup", Command::new(rustup).args(arguments).current_dir(workspace::root()))
}
