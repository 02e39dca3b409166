//! The checks that run no part of the site, and the Rust tests.

use std::process::Command;

use anyhow::{Result, bail};

use crate::postgres::Postgres;
use crate::process;
use crate::programs;
use crate::redis::Redis;
use crate::site;
use crate::test::RedisOfEveryKind;
use crate::tools;
use crate::workspace;

/// The packages that are compiled for the server, with the features that select it. Never together with `browser`:
/// cargo would switch both sides of Leptos on at once.
const NATIVE: [&str; 14] = [
    "--package",
    "domain",
    "--package",
    "keeper",
    "--package",
    "frontend",
    "--features",
    "frontend/ssr",
    "--package",
    "app",
    "--features",
    "app/ssr",
    "--package",
    "server",
];

/// # Errors
/// Some file is not formatted as rustfmt would.
pub(crate) fn format() -> Result<()> {
    tools::ensure_component("rustfmt", "rustfmt")?;
    process::run("cargo fmt", cargo(&["fmt", "--all", "--check"])?.current_dir(workspace::root()))
}

/// clippy for the server's side, for the browser's, and for this program, warnings being errors; and tsc for the
/// browser tests, of which Playwright only strips the types.
///
/// This program goes by itself, lest its dependencies' features change how the server's are compiled. The browser's
/// side takes folder and profile of the release build that follows, so both share build scripts and macros.
///
/// # Errors
/// One of the two has something to say, or Node is missing.
pub(crate) fn lint() -> Result<()> {
    tools::ensure_component("cargo-clippy", "clippy")?;
    tools::ensure_wasm_target()?;

    let mut native = cargo(&["clippy", "--locked"])?;
    native.args(NATIVE).args(["--all-targets", "--", "--deny", "warnings"]);
    process::run("clippy (server)", &mut native)?;

    let mut browser =
        cargo(&["clippy", "--locked", "--package", "browser", "--lib", "--no-default-features"])?;
    browser.args([
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "wasm-release",
        "--target-dir",
    ]);
    browser.arg(workspace::target().join("front")).args(["--", "--deny", "warnings"]);
    process::run("clippy (browser)", &mut browser)?;

    let mut own = cargo(&[
        "clippy",
        "--locked",
        "--package",
        "xtask",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ])?;
    process::run("clippy (xtask)", &mut own)?;

    site::install_node_modules()?;
    let mut browser_tests = Command::new(workspace::end2end().join("node_modules/.bin/tsc"));
    process::run("tsc (browser tests)", browser_tests.current_dir(workspace::end2end()))
}

/// Licences, sources and bans of the dependencies, and dependencies that nothing uses.
///
/// # Errors
/// `deny.toml` forbids something, or a dependency is unused.
pub(crate) fn dependencies() -> Result<()> {
    tools::ensure(&[&tools::CARGO_DENY, &tools::CARGO_MACHETE])?;
    process::run(
        "cargo deny",
        &mut cargo(&["deny", "--locked", "check", "bans", "licenses", "sources"])?,
    )?;

    // From the folder and by name: machete would look into target and node_modules otherwise.
    let mut machete = cargo(&["machete"])?;
    machete.args(["app", "frontend", "server", "xtask"]);
    process::run("cargo machete", &mut machete)
}

/// The unit and integration tests, on private stores. The tests make their own databases.
///
/// # Errors
/// A test failed.
pub(crate) fn unit(
    postgres: &Postgres,
    redis: &RedisOfEveryKind,
    runner_arguments: &[String],
) -> Result<()> {
    let mut command = cargo(&["test", "--locked", "--no-fail-fast"])?;
    command.args(NATIVE).args(runner_arguments);
    command.env("DATABASE_URL", postgres.url("postgres"));
    command.env("REDIS_URL", redis.standalone.url());
    command.env("REDIS_WIPE_URL", redis.wiped.url());
    command.env("REDIS_SMALL_URL", redis.small.url());
    command.env("REDIS_CLUSTER_URL", redis.cluster.url());
    command.env("REDIS_SENTINEL_URL", redis.sentinel.url());
    process::run("cargo test", &mut command)?;

    if runner_arguments.is_empty() {
        process::run(
            "cargo test (xtask)",
            &mut cargo(&["test", "--locked", "--package", "xtask"])?,
        )?;
    }
    Ok(())
}

/// The token keeper's tests in WASM, under Node, beside the native run that [`unit`] makes of the same tests.
///
/// # Errors
/// A test failed, or Node is missing.
pub(crate) fn wasm() -> Result<()> {
    tools::ensure_wasm_target()?;
    tools::ensure(&[&tools::WASM_BINDGEN])?;
    if programs::on_path("node").is_none() {
        bail!("install Node.js 20 or newer: the WASM tests run under it");
    }

    let mut command = cargo(&["test", "--locked", "--package", "keeper"])?;
    command.args(["--target", "wasm32-unknown-unknown", "--target-dir"]);
    command.arg(workspace::target().join("front"));
    // It comes with wasm-bindgen, and is found by its name: `cargo` puts its folder on PATH.
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    process::run("cargo test (wasm)", &mut command)
}

/// The benchmarks, on private stores.
///
/// # Errors
/// One of them failed.
pub(crate) fn bench(postgres: &Postgres, redis: &Redis) -> Result<()> {
    for name in ["sessions", "http"] {
        let mut command = cargo(&["bench", "--locked", "--package", "server", "--bench", name])?;
        command.env("DATABASE_URL", postgres.url("postgres")).env("REDIS_URL", redis.url());
        process::run("cargo bench", &mut command)?;
    }
    Ok(())
}

fn cargo(arguments: &[&str]) -> Result<Command> {
    let mut command = process::cargo();
    command
        .args(arguments)
        .current_dir(workspace::root())
        .env("PATH", programs::path_with(&[tools::bin()])?);
    Ok(command)
}
