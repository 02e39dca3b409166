//! sqlx's offline data in `server/.sqlx`, checked against or rewritten from a private, migrated Postgres.

use std::fs::{self, File};
use std::process::Command;

use anyhow::{Context, Result};

use crate::os::process;
use crate::os::progress::step;
use crate::stores::{Durability, Stores};
use crate::tools;
use crate::workspace;

/// `cargo xtask sqlx-prepare`.
pub(crate) fn rewrite() -> Result<()> {
    step("Rewriting server/.sqlx", || prepare(&[]))
}

/// Compares the checked-in data with what Postgres says about the queries.
///
/// `cargo sqlx prepare` touches the roots of the crate's targets so that cargo compiles them again. Their modification
/// times are put back: else the server and all its tests would be linked anew after every check.
pub(crate) fn check() -> Result<()> {
    let server = workspace::root().join("server");
    let roots =
        ["src/lib.rs", "src/main.rs", "tests/it/main.rs", "benches/http.rs", "benches/sessions.rs"]
            .map(|root| {
                let file = server.join(root);
                let modified = fs::metadata(&file).and_then(|file| file.modified()).ok();
                (fs::read(&file).ok(), modified, file)
            });
    let outcome = prepare(&["--check"]);
    for (contents, modified, file) in roots {
        // Not one that was saved meanwhile: with the old time, cargo would never see that.
        if let Some(modified) = modified
            && fs::read(&file).ok() == contents
        {
            // Failing costs a rebuild and nothing else.
            let _ = File::options()
                .append(true)
                .open(&file)
                .and_then(|file| file.set_modified(modified));
        }
    }
    outcome.context("server/.sqlx is out of date? `cargo xtask sqlx-prepare` rewrites it")
}

fn prepare(arguments: &[&str]) -> Result<()> {
    tools::cargo::SQLX.ensure()?;
    let stores = Stores::start(Durability::Throwaway)?;
    let sqlx = || -> Command {
        let mut command = process::cargo();
        command.arg("sqlx").current_dir(workspace::root().join("server"));
        command.env("DATABASE_URL", stores.database_url("sqlx"));
        command
    };
    let mut setup = sqlx();
    process::run("migrating", setup.args(["database", "setup", "--source", "../migrations"]))?;
    let mut prepare = sqlx();
    // Library and binary only: tests that do not compile yet must not keep a new query from being prepared.
    prepare.arg("prepare").args(arguments).args(["--", "-p=server"]);
    process::run("cargo sqlx prepare", &mut prepare)
}
