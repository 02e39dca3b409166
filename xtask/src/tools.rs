//! The Rust programs that building and checking need, at pinned versions, in `.genkan/tools`.
//!
//! They are built without optimisation and debug information: cargo-leptos spends its time waiting for cargo, and
//! its own release profile takes four times as long to build. All share one target folder, which is kept: tools
//! installed later, and the next pinned versions, find their common dependencies compiled. It is cargo's cache
//! and nothing else, so it may be deleted whenever the disk is wanted for something better.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::programs;
use crate::progress::{Step, note};
use crate::workspace;

/// A program that `cargo install` provides.
pub(crate) struct Tool {
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    pub(crate) program: &'static str,
    arguments: &'static [&'static str],
    /// The release of a dependency that compiles with this project's Rust, where the newest does not.
    picks_compatible_dependencies: bool,
}

/// `no_downloads`: programs come from `PATH` or not at all.
pub(crate) const CARGO_LEPTOS: Tool = Tool {
    package: "cargo-leptos",
    version: "0.3.11",
    program: "cargo-leptos",
    arguments: &["--locked", "--ignore-rust-version", "--features", "no_downloads"],
    picks_compatible_dependencies: false,
};

/// Must have the version of the `wasm-bindgen` library in Cargo.lock. Its own lock file is out of date.
pub(crate) const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    version: "0.2.130",
    program: "wasm-bindgen",
    arguments: &[],
    picks_compatible_dependencies: true,
};

pub(crate) const CARGO_DENY: Tool = Tool {
    package: "cargo-deny",
    version: "0.20.2",
    program: "cargo-deny",
    arguments: &["--locked"],
    picks_compatible_dependencies: false,
};

pub(crate) const CARGO_MACHETE: Tool = Tool {
    package: "cargo-machete",
    version: "0.9.2",
    program: "cargo-machete",
    arguments: &["--locked"],
    picks_compatible_dependencies: false,
};

pub(crate) const SQLX: Tool = Tool {
    package: "sqlx-cli",
    version: "0.9.0",
    program: "cargo-sqlx",
    arguments: &["--locked", "--no-default-features", "--features", "postgres,rustls"],
    picks_compatible_dependencies: false,
};

/// The folder of installed programs, to be put on `PATH`.
pub(crate) fn bin() -> PathBuf {
    folder().join("bin")
}

/// Installs those that are not there at the pinned version.
///
/// # Errors
/// One could not be built.
pub(crate) fn ensure(tools: &[&Tool]) -> Result<()> {
    for tool in tools {
        if tool.locate().is_none() {
            tool.install()?;
        }
    }
    Ok(())
}

/// Makes sure that rustc can compile for the browser.
///
/// # Errors
/// It cannot, and rustup is not there to mend it.
pub(crate) fn ensure_wasm_target() -> Result<()> {
    const TARGET: &str = "wasm32-unknown-unknown";

    if has_wasm_target() {
        return Ok(());
    }
    if programs::on_path("rustup").is_none() {
        bail!("install Rust's standard library for {TARGET}: rustup does it, but is not on PATH");
    }
    let step = Step::begin(&format!("Adding Rust's standard library for {TARGET}"));
    process::run(
        "rustup",
        Command::new("rustup").args(["target", "add", TARGET]).current_dir(workspace::root()),
    )?;
    step.done();
    Ok(())
}

pub(crate) fn has_wasm_target() -> bool {
    process::printed_by(
        Command::new("rustc").args(["--print", "sysroot"]).current_dir(workspace::root()),
    )
    .is_some_and(|sysroot| {
        PathBuf::from(sysroot).join("lib/rustlib/wasm32-unknown-unknown/lib").is_dir()
    })
}

/// Makes sure that clippy and rustfmt are there: rustup's minimal profile comes without.
///
/// # Errors
/// One is missing, and rustup is not there to mend it.
pub(crate) fn ensure_component(program: &str, component: &str) -> Result<()> {
    if process::printed_by(Command::new(program).arg("--version")).is_some() {
        return Ok(());
    }
    if programs::on_path("rustup").is_none() {
        bail!("install {component}: rustup does it, but is not on PATH");
    }
    process::run(
        "rustup",
        Command::new("rustup").args(["component", "add", component]).current_dir(workspace::root()),
    )
}

impl Tool {
    /// The program at the pinned version: this project's, else one on `PATH`.
    pub(crate) fn locate(&self) -> Option<PathBuf> {
        let own = Some(bin().join(self.program)).filter(|file| programs::is_executable(file));
        [own, programs::on_path(self.program)].into_iter().flatten().find(|file| {
            process::printed_by(&mut self.version_command(file))
                .is_some_and(|printed| programs::reports_version(&printed, self.version))
        })
    }

    fn version_command(&self, file: &PathBuf) -> Command {
        let mut command = Command::new(file);
        // Cargo's subcommands are called with their own name as the first argument; only sqlx insists on it.
        if self.program == SQLX.program {
            command.arg("sqlx");
        }
        command.arg("--version");
        command
    }

    fn install(&self) -> Result<()> {
        let step = Step::begin(&format!(
            "Building {} {} (once; up to five minutes on two cores)",
            self.package, self.version
        ));
        let mut command = process::cargo();
        command
            .args(["install", "--debug", "--force", self.package, "--version", self.version])
            .args(self.arguments);
        command.arg("--root").arg(folder());
        // Else cargo advises to put the folder there.
        command.env("PATH", programs::path_with(&[bin()])?);
        command.env("CARGO_TARGET_DIR", folder().join("build"));
        command.env("CARGO_PROFILE_DEV_DEBUG", "none");
        // The site's own flags are not the tools'.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        if self.picks_compatible_dependencies {
            command.env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback");
        }
        process::run(&format!("building {}", self.package), &mut command)?;
        step.done();

        let file = self.locate().with_context(|| {
            format!("{} was built, but does not run at version {}", self.package, self.version)
        })?;
        note(&format!("{}", file.display()));
        Ok(())
    }
}

fn folder() -> PathBuf {
    workspace::genkan().join("tools")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wasm_bindgen_program_has_the_version_of_the_library() -> Result<()> {
        let lock = std::fs::read_to_string(workspace::root().join("Cargo.lock"))?;
        let library = format!("name = \"wasm-bindgen\"\nversion = \"{}\"\n", WASM_BINDGEN.version);
        assert!(
            lock.contains(&library),
            "Cargo.lock has another wasm-bindgen than the pinned program"
        );
        Ok(())
    }

    #[test]
    fn the_sqlx_program_has_the_version_of_the_library() -> Result<()> {
        let lock = std::fs::read_to_string(workspace::root().join("Cargo.lock"))?;
        let library = format!("name = \"sqlx\"\nversion = \"{}\"\n", SQLX.version);
        assert!(lock.contains(&library), "Cargo.lock has another sqlx than the pinned program");
        Ok(())
    }
}
