//! sqlx's offline data in `server/.sqlx`, checked against or rewritten from a private, migrated Postgres.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result};

use crate::ports;
use crate::postgres::{Durability, Postgres};
use crate::process;
use crate::programs;
use crate::progress::Step;
use crate::store_home::StoreHome;
use crate::tools;
use crate::workspace;

const DATABASE: &str = "sqlx";

/// Whether the checked-in data is that of the queries and migrations as they are.
enum Mode {
    Check,
    Write,
}

/// `cargo xtask sqlx-prepare`.
///
/// # Errors
/// A migration or a query is wrong, or a tool or store is missing.
pub(crate) fn rewrite() -> Result<()> {
    let step = Step::begin("Rewriting server/.sqlx");
    let home = StoreHome::open()?;
    let run_folder = home.for_this_run()?;
    let postgres =
        Postgres::start(&home, &run_folder.folder, ports::any_free()?, Durability::Throwaway)?;
    prepare(&postgres, &Mode::Write)?;
    step.done();
    Ok(())
}

/// Compares the checked-in data with what Postgres says about the queries.
///
/// # Errors
/// They differ; `cargo xtask sqlx-prepare` mends that.
pub(crate) fn check(postgres: &Postgres) -> Result<()> {
    prepare(postgres, &Mode::Check)
        .context("server/.sqlx is out of date? `cargo xtask sqlx-prepare` rewrites it")
}

fn prepare(postgres: &Postgres, mode: &Mode) -> Result<()> {
    tools::ensure(&[&tools::SQLX])?;

    let mut setup = cargo_sqlx(postgres)?;
    setup.args(["database", "setup", "--source", "../migrations"]);
    process::run("migrating", &mut setup)?;

    let mut prepare = cargo_sqlx(postgres)?;
    prepare.arg("prepare");
    // Rewritten data must be compiled in, so then the files stay touched.
    let _untouched = match mode {
        Mode::Check => {
            prepare.arg("--check");
            Some(Untouched::remember(&workspace::root().join("server")))
        }
        Mode::Write => None,
    };
    // Library and binary only: tests that do not compile yet must not keep a new query from being prepared.
    prepare.args(["--", "--package", "server"]);
    process::run("cargo sqlx prepare", &mut prepare)
}

fn cargo_sqlx(postgres: &Postgres) -> Result<Command> {
    let mut command = process::cargo();
    command.arg("sqlx").current_dir(workspace::root().join("server"));
    command.env("PATH", programs::path_with(&[tools::bin()])?);
    command.env("DATABASE_URL", postgres.url(DATABASE));
    Ok(command)
}

/// Puts modification times back. `cargo sqlx prepare` touches the crate's roots to make cargo look again; without
/// this the server and all its tests would be compiled and linked anew after every check.
struct Untouched {
    files: Vec<Remembered>,
}

struct Remembered {
    path: PathBuf,
    modified: SystemTime,
    contents: Vec<u8>,
}

impl Untouched {
    fn remember(package: &Path) -> Self {
        let folders =
            ["src", "src/bin", "tests", "benches", "examples"].map(|folder| package.join(folder));
        let entries =
            folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
        Self { files: entries.filter_map(|entry| Remembered::read(entry.path())).collect() }
    }
}

impl Remembered {
    fn read(path: PathBuf) -> Option<Self> {
        let modified = fs::metadata(&path).ok()?.modified().ok()?;
        let contents = fs::read(&path).ok()?;
        Some(Self { path, modified, contents })
    }
}

impl Drop for Untouched {
    fn drop(&mut self) {
        for file in &self.files {
            // Somebody saved it meanwhile: with the old time, cargo would never see that.
            if fs::read(&file.path).is_ok_and(|contents| contents != file.contents) {
                continue;
            }
            // Failing costs a rebuild and nothing else.
            let _ = File::options()
                .append(true)
                .open(&file.path)
                .and_then(|open| open.set_modified(file.modified));
        }
    }
}
