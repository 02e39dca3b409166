//! `cargo xtask doctor`: lists installed and missing programs, and how to install the latter. Changes nothing.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use super::test::rules;
use crate::os::{process, programs};
use crate::stores::{memcached, postgres, redis};
use crate::tools::{cargo, chromium, rust};

/// Prints the table.
///
/// # Errors
/// A program is missing that `cargo xtask dev` cannot install.
pub(crate) fn run() -> Result<()> {
    let on_path = |name| version_of(programs::on_path(name));
    let node = Some("install Node.js 20 or newer, with npm, for the browser tests");
    let by_hand = |remedy| (!programs::can_install()).then_some(remedy);
    let store = by_hand("install it with your system's package manager");
    let for_tests = by_hand("install it with your system's package manager, for the tests");
    let wasm = programs::on_path("rustup").is_none().then_some("install rustup");
    // The last column says how to install what is not installed on demand.
    let mut rows = vec![
        ("rustc", on_path("rustc"), Some("install Rust from https://rustup.rs")),
        ("cc", on_path("cc"), Some("install a C compiler (Debian: build-essential)")),
        ("wasm target", rust::has_wasm_target().then(String::new), wasm),
        ("Postgres", version_of(postgres::find().map(|bin| bin.join("postgres"))), store),
        ("Redis", version_of(redis::find().map(|(server, _)| server)), store),
        ("memcached", version_of(memcached::find()), for_tests),
        ("node", on_path("node"), node),
        ("npm", on_path("npm"), node),
        ("Chromium", version_of(chromium::find()), None),
        ("promtool", version_of(rules::find()), for_tests),
        ("Prometheus", on_path("prometheus"), for_tests),
        ("HAProxy", version_by("-v", programs::on_path("haproxy")), for_tests),
        ("OpenSSL", version_by("version", programs::on_path("openssl")), for_tests),
        ("Valgrind", on_path("valgrind"), for_tests),
    ];
    for tool in cargo::ALL {
        rows.push((tool.package, tool.is_there().then(|| tool.version.to_owned()), None));
    }

    let mut missing = Vec::new();
    for (name, found, remedy) in rows {
        let (state, detail) = match (&found, remedy) {
            (Some(version), _) => ("ok", version.as_str()),
            (None, None) => ("later", "will be installed when it is needed"),
            (None, Some(remedy)) => ("MISSING", remedy),
        };
        println!("{name:<18}{state:<9}{detail}");
        if state == "MISSING" && remedy != node && remedy != for_tests {
            missing.push(name);
        }
    }
    if !missing.is_empty() {
        bail!("`cargo xtask dev` needs {}", missing.join(", "));
    }
    println!("\n`cargo xtask dev` can do the rest.");
    Ok(())
}

fn version_of(program: Option<PathBuf>) -> Option<String> {
    version_by("--version", program)
}

fn version_by(option: &str, program: Option<PathBuf>) -> Option<String> {
    let file = program?;
    let output = process::output_of(Command::new(&file).arg(option)).unwrap_or_default();
    Some(format!("{}  {}", output.lines().next().unwrap_or_default(), file.display()))
}
