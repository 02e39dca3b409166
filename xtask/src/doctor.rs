//! `cargo xtask doctor`: what is there, what is missing, and what to do about it. Changes nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::chromium;
use crate::packages::{self, Means};
use crate::ports;
use crate::postgres;
use crate::process;
use crate::programs;
use crate::redis;
use crate::tools::{self, Tool};
use crate::workspace;

/// One line of the table.
struct Finding {
    name: &'static str,
    state: State,
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Present,
    /// `cargo xtask dev` or `test` will provide it.
    WillBeInstalled,
    /// Only the checks need it.
    MissingForTests,
    Missing,
}

/// Prints the table.
///
/// # Errors
/// Something is missing that `cargo xtask dev` cannot install.
pub(crate) fn run() -> Result<()> {
    let findings = [
        program("rustc", &["--version"], "install Rust from https://rustup.rs"),
        program("cargo", &["--version"], "install Rust from https://rustup.rs"),
        program("cc", &["--version"], "install a C compiler (Debian: build-essential)"),
        wasm_target(),
        tool("cargo-leptos", &tools::CARGO_LEPTOS),
        tool("wasm-bindgen", &tools::WASM_BINDGEN),
        store("Postgres", postgres::find().map(|folder| folder.join("postgres"))),
        store("Redis", redis::find()),
        tool("cargo-deny", &tools::CARGO_DENY),
        tool("cargo-machete", &tools::CARGO_MACHETE),
        tool("sqlx-cli", &tools::SQLX),
        for_tests(program("node", &["--version"], "install Node.js 20 or newer, with npm")),
        for_tests(program("npm", &["--version"], "install Node.js 20 or newer, with npm")),
        browser(),
        port(),
        env_file(),
    ];

    for finding in &findings {
        let state = match finding.state {
            State::Present => "ok",
            State::WillBeInstalled => "later",
            State::MissingForTests | State::Missing => "MISSING",
        };
        println!("{:<14}{state:<9}{}", finding.name, finding.detail);
    }

    let missing: Vec<&str> = findings
        .iter()
        .filter(|finding| finding.state == State::Missing)
        .map(|finding| finding.name)
        .collect();
    if missing.is_empty() {
        println!("\n`cargo xtask dev` can do the rest.");
        return Ok(());
    }
    bail!("`cargo xtask dev` needs {}", missing.join(", "))
}

fn program(name: &'static str, version: &[&str], remedy: &str) -> Finding {
    let Some(file) = programs::on_path(name) else {
        return Finding { name, state: State::Missing, detail: remedy.to_owned() };
    };
    Finding { name, state: State::Present, detail: describe(&file, version) }
}

fn for_tests(finding: Finding) -> Finding {
    match finding.state {
        State::Missing => Finding {
            state: State::MissingForTests,
            detail: format!("{} (for the browser tests)", finding.detail),
            ..finding
        },
        _ => finding,
    }
}

fn wasm_target() -> Finding {
    let name = "wasm target";
    if tools::has_wasm_target() {
        return Finding {
            name,
            state: State::Present,
            detail: "wasm32-unknown-unknown".to_owned(),
        };
    }
    match programs::on_path("rustup") {
        Some(_) => {
            Finding { name, state: State::WillBeInstalled, detail: "rustup will add it".to_owned() }
        }
        None => Finding {
            name,
            state: State::Missing,
            detail: "install rustup, or Rust's library for wasm32-unknown-unknown".to_owned(),
        },
    }
}

fn tool(name: &'static str, tool: &Tool) -> Finding {
    match tool.locate() {
        Some(file) => Finding {
            name,
            state: State::Present,
            detail: format!("{}  {}", tool.version, shown(&file)),
        },
        None => {
            let detail =
                format!("{} will be built into .genkan/tools when it is needed", tool.version);
            Finding { name, state: State::WillBeInstalled, detail }
        }
    }
}

fn store(name: &'static str, file: Option<PathBuf>) -> Finding {
    if let Some(file) = file {
        return Finding { name, state: State::Present, detail: describe(&file, &["--version"]) };
    }
    match packages::means() {
        Means::Debian => Finding {
            name,
            state: State::WillBeInstalled,
            detail: "apt-get will install it".to_owned(),
        },
        Means::Wheels => Finding {
            name,
            state: State::WillBeInstalled,
            detail: "pip will put it into .genkan/wheels".to_owned(),
        },
        Means::Nothing => Finding {
            name,
            state: State::Missing,
            detail: format!("install {name} with your system's package manager"),
        },
    }
}

fn browser() -> Finding {
    let name = "Chromium";
    match chromium::find() {
        Some(file) => {
            Finding { name, state: State::Present, detail: describe(&file, &["--version"]) }
        }
        None => {
            let how = if packages::means() == Means::Debian { "apt-get" } else { "Playwright" };
            Finding {
                name,
                state: State::WillBeInstalled,
                detail: format!("{how} will install it for the browser tests"),
            }
        }
    }
}

fn port() -> Finding {
    let detail = if ports::is_free(3000) {
        "3000 is free"
    } else {
        "3000 is taken: the next free one will serve"
    };
    Finding { name: "port", state: State::Present, detail: detail.to_owned() }
}

fn env_file() -> Finding {
    let exists = workspace::root().join(".env").exists();
    let detail = if exists {
        "there; your own values in it are kept"
    } else {
        "`cargo xtask dev` will write it"
    };
    Finding {
        name: ".env",
        state: if exists { State::Present } else { State::WillBeInstalled },
        detail: detail.to_owned(),
    }
}

fn describe(file: &Path, version: &[&str]) -> String {
    let printed = process::printed_by(Command::new(file).args(version)).unwrap_or_default();
    format!("{}  {}", printed.lines().next().unwrap_or_default(), shown(file))
}

/// Relative to the repository, where it is in it.
fn shown(file: &Path) -> String {
    file.strip_prefix(workspace::root()).unwrap_or(file).display().to_string()
}
