//! Checks that do not run the site, and the Rust tests.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::os::{process, progress::note};
use crate::packages::{BROWSER, EXAMPLE, FOLDERS, MEMBERS, SERVER, TESTED_IN_WASM, XTASK};
use crate::stores::{Durability, Stores, memcached, postgres, redis};
use crate::tools::{self, node, python::Environment, rust};
use crate::workspace;

/// Parts of names of tests in `server/tests/it` that need Redis, or are about stores and not about the site.
const ABOUT_STORES: [&str; 6] =
    ["redis", "stores::", "costs::", "filling::", "watching::", "wipe::"];

pub(crate) fn format() -> Result<()> {
    rust::ensure_components()?;
    process::run("cargo fmt", process::cargo().args(["fmt", "--all", "--check"]))
}

/// Runs clippy for the server, the browser and this program, with warnings as errors, and tsc for the browser tests,
/// because Playwright does not check types.
pub(crate) fn lint() -> Result<()> {
    rust::ensure_components()?;
    rust::ensure_wasm_target()?;
    clippy("clippy (server)", SERVER, process::cargo().arg("clippy").arg("--all-targets"))?;
    // Shares build scripts and macros with the later release build, by the same folder and profile.
    let mut browser = in_wasm("clippy");
    clippy("clippy (browser)", BROWSER, browser.args(["--lib", "--profile=wasm-release"]))?;
    clippy("clippy (example)", EXAMPLE, process::cargo().arg("clippy").arg("--all-targets"))?;
    clippy("clippy (xtask)", XTASK, process::cargo().arg("clippy").arg("--all-targets"))?;
    clippy("clippy (members)", MEMBERS, process::cargo().arg("clippy").arg("--all-targets"))?;

    node::install_packages(&workspace::end2end())?;
    let mut tsc = Command::new(workspace::end2end().join("node_modules/.bin/tsc"));
    process::run("tsc (browser tests)", tsc.current_dir(workspace::end2end()))
}

/// Checks the dependencies' licences, sources and bans, and finds unused ones.
pub(crate) fn dependencies() -> Result<()> {
    tools::cargo::DENY.ensure()?;
    tools::cargo::MACHETE.ensure()?;
    let deny = ["deny", "--locked", "check", "bans", "licenses", "sources"];
    process::run("cargo deny", process::cargo().args(deny))?;
    process::run("cargo machete", process::cargo().arg("machete").args(FOLDERS))
}

/// The unit and integration tests, on private stores.
pub(crate) fn unit(runner_arguments: &[&str]) -> Result<()> {
    let stores = Stores::start(Durability::Throwaway)?;
    let (redis_server, _) = redis::find().context("Redis is gone")?;
    let mut command = process::cargo();
    command.args(["test", "--locked", "--no-fail-fast"]).args(SERVER).args(runner_arguments);
    command.env("DATABASE_URL", stores.database_url("postgres"));
    command.env("REDIS_URL", stores.redis_url());
    // For tests that start their own stores.
    command.env("REDIS_SERVER", redis_server);
    command.env("MEMCACHED_SERVER", memcached::ensure()?);
    command.env("POSTGRES_PROGRAMS", postgres::find().context("Postgres is gone")?);
    match find_jose()? {
        Some(python) => command.env("JOSE_PYTHON", python),
        None if runner_arguments.is_empty() => command.args(["--", "--skip", "jwe_reader"]),
        None => &mut command,
    };
    process::run("cargo test", &mut command)?;

    if runner_arguments.is_empty() {
        on_the_smallest_deployment(&stores)?;
        let own = ["test", "--locked"];
        process::run("cargo test (example)", process::cargo().args(own).args(EXAMPLE))?;
        process::run("cargo test (xtask)", process::cargo().args(own).args(XTASK))?;
        process::run("cargo test (members)", process::cargo().args(own).args(MEMBERS))?;
    }
    Ok(())
}

/// Runs the site's tests a second time, without Redis.
fn on_the_smallest_deployment(stores: &Stores) -> Result<()> {
    let mut command = process::cargo();
    command.args(["test", "--locked", "--no-fail-fast"]).args(SERVER).args(["--test=it", "--"]);
    command.args(ABOUT_STORES.iter().flat_map(|name| ["--skip", name]));
    command.env("DATABASE_URL", stores.database_url("postgres")).env_remove("REDIS_URL");
    command.env("POSTGRES_PROGRAMS", postgres::find().context("Postgres is gone")?);
    process::run("cargo test (the smallest deployment)", &mut command)
}

/// The Python with another implementation of JOSE, which reads a token of the approach lab.
fn find_jose() -> Result<Option<PathBuf>> {
    let requirements = workspace::root().join("lab/tests/approaches/requirements.txt");
    let environment = Environment::ensure("jose", &requirements)?;
    if environment.is_none() {
        note("a test of the lab is skipped: install Python 3.10 or newer, with venv");
    }
    Ok(environment.map(|environment| environment.program("python")))
}

/// Runs the browser's timing rules in WASM under Node; [`unit`] runs the same tests natively.
pub(crate) fn wasm() -> Result<()> {
    rust::ensure_wasm_target()?;
    tools::cargo::WASM_BINDGEN.ensure()?;
    let mut command = in_wasm("test");
    // Part of wasm-bindgen.
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    process::run("cargo test (wasm)", command.arg("--locked").args(TESTED_IN_WASM))
}

fn clippy(name: &str, packages: &[&str], command: &mut Command) -> Result<()> {
    command.arg("--locked").args(packages).args(["--", "--deny=warnings"]);
    process::run(name, command)
}

fn in_wasm(subcommand: &str) -> Command {
    let mut command = process::cargo();
    command.args([subcommand, "--target=wasm32-unknown-unknown", "--target-dir"]);
    command.arg(workspace::target().join("front"));
    command
}
