//! sqlx's offline data in `server/.sqlx`, checked against or rewritten from a private, migrated Postgres.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, id};

use anyhow::{Context, Result};

use crate::os::{process, progress::step};
use crate::stores::{Durability, Stores, postgres};
use crate::workspace;

/// `cargo xtask sqlx-prepare`.
pub(crate) fn rewrite() -> Result<()> {
    step("Rewriting server/.sqlx", || {
        let described = describe_queries()?;
        fs::remove_dir_all(checked_in()).context("cannot remove server/.sqlx")?;
        fs::rename(described, checked_in()).context("cannot write server/.sqlx")
    })
}

/// Compares the checked-in data with Postgres' descriptions of the queries.
pub(crate) fn check() -> Result<()> {
    let described = describe_queries()?;
    process::run("diff", Command::new("diff").arg("-r").args([checked_in(), described]))
        .context("server/.sqlx is out of date: `cargo xtask sqlx-prepare` rewrites it")
}

/// Compiles the server's library with its queries checked against a migrated Postgres, and returns the folder with the
/// data that sqlx's macros wrote.
fn describe_queries() -> Result<PathBuf> {
    let folder = workspace::genkan().join("sqlx");
    // It may exist from an earlier run.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).context("cannot create .genkan/sqlx")?;
    let stores = Stores::start(Durability::Throwaway)?;
    let database_url = stores.database_url("postgres");

    let migrations = fs::read_dir(workspace::root().join("migrations"))?;
    let mut migrations: Vec<PathBuf> = migrations.flatten().map(|file| file.path()).collect();
    migrations.sort();
    let mut psql = Command::new(postgres::find().context("Postgres is gone")?.join("psql"));
    psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", &database_url]);
    psql.args(migrations.iter().flat_map(|file| ["--file".as_ref(), file.as_os_str()]));
    process::run("migrating", &mut psql)?;

    let mut command = process::cargo();
    command.args(["rustc", "--locked", "-p=server", "--lib", "--profile=check", "--"]);
    // A new flag each time makes cargo expand the macros again.
    command.arg(format!("--cfg=sqlx_run=\"{}\"", id()));
    command.env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &folder);
    process::run("checking the queries", command.env("DATABASE_URL", database_url))?;
    Ok(folder)
}

fn checked_in() -> PathBuf {
    workspace::root().join("server/.sqlx")
}
