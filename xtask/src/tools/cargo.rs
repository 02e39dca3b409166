//! Rust programs at pinned versions, in `.genkan/tools`.
//!
//! They are built without optimisation and debug information: cargo-leptos mostly waits for cargo, and its own release
//! profile takes four times as long to build. All share one target folder, which is kept so that later tools and
//! versions reuse compiled dependencies. It is only a cache, and may be deleted to free disk space.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::os::process;
use crate::os::progress::step;
use crate::workspace;

/// A program that `cargo install` provides.
pub(crate) struct Tool {
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    arguments: &'static [&'static str],
}

const LOCKED: &[&str] = &["--locked"];

/// With `no_downloads`, it takes other programs only from `PATH`.
pub(crate) const LEPTOS: Tool = Tool {
    package: "cargo-leptos",
    version: "0.3.11",
    arguments: &["--locked", "--ignore-rust-version", "--features=no_downloads"],
};
/// Must have the version of the library in Cargo.lock. Ignores its own lock file, which is out of date.
pub(crate) const WASM_BINDGEN: Tool =
    Tool { package: "wasm-bindgen-cli", version: "0.2.130", arguments: &[] };
pub(crate) const DENY: Tool = Tool { package: "cargo-deny", version: "0.20.2", arguments: LOCKED };
pub(crate) const MACHETE: Tool =
    Tool { package: "cargo-machete", version: "0.9.2", arguments: LOCKED };
pub(crate) const ALL: [&Tool; 4] = [&LEPTOS, &WASM_BINDGEN, &DENY, &MACHETE];

impl Tool {
    /// Returns whether the pinned version is installed, in `.genkan/tools` or the developer's own folder.
    pub(crate) fn is_there(&self) -> bool {
        let entry = format!("{} v{}:", self.package, self.version);
        let own = format!("--root={}", folder().display());
        [&["--list", &own][..], &["--list"]].iter().any(|arguments| {
            let list = process::output_of(process::cargo().arg("install").args(*arguments));
            list.is_some_and(|list| list.lines().any(|line| line == entry))
        })
    }

    /// Installs the tool unless it is installed.
    pub(crate) fn ensure(&self) -> Result<()> {
        if self.is_there() {
            return Ok(());
        }
        let Self { package, version, .. } = self;
        let heading = format!("Building {package} {version} (once; minutes on two cores)");
        step(&heading, || process::run(&format!("building {package}"), &mut self.install()))
    }

    fn install(&self) -> Command {
        let mut command = process::cargo();
        command.args(["install", "--debug", "--force", self.package, "--version", self.version]);
        command.args(self.arguments).arg("--root").arg(folder());
        command.env("CARGO_TARGET_DIR", folder().join("build"));
        command.env("CARGO_PROFILE_DEV_DEBUG", "none");
        // The site's flags do not apply to tools.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        // Without a lock file, choose dependencies that compile with this project's Rust.
        command.env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback");
        command
    }
}

/// The folder of installed tools.
pub(crate) fn folder() -> PathBuf {
    workspace::genkan().join("tools")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_wasm_bindgen_program_has_the_librarys_version() -> Result<()> {
        let lock = std::fs::read_to_string(workspace::root().join("Cargo.lock"))?;
        let library = format!("name = \"wasm-bindgen\"\nversion = \"{}\"\n", WASM_BINDGEN.version);
        assert!(lock.contains(&library), "Cargo.lock has another wasm-bindgen");
        Ok(())
    }
}
