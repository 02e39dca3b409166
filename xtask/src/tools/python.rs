//! Programs that are Python packages, at pinned versions, each set in an environment of its own in `.genkan`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::os::{process, programs, progress::note};
use crate::workspace;

/// The package with which Debian's Python makes virtual environments.
const VENV_PACKAGE: &str = "python3-venv";
/// Fails unless this Python is new enough and can make virtual environments.
const IS_SUITABLE: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";

/// A virtual environment.
pub(crate) struct Environment {
    home: PathBuf,
}

impl Environment {
    /// Installs the packages that a requirements file lists, unless they are installed, into `.genkan/NAME`, which is
    /// emptied first. `None` without a suitable Python.
    pub(crate) fn ensure(name: &str, requirements: &Path) -> Result<Option<Self>> {
        let Some(python) = find_or_install()? else { return Ok(None) };
        let environment = Self { home: workspace::genkan().join(name) };
        let installed = environment.home.join("requirements.txt");
        let wanted = fs::read_to_string(requirements)?;
        if fs::read_to_string(&installed).ok().as_ref() != Some(&wanted) {
            note(&format!("Installing {}", requirements.display()));
            // It may be of other versions, or unfinished.
            let _ = fs::remove_dir_all(&environment.home);
            let mut venv = Command::new(python);
            process::run("venv", venv.args(["-m", "venv"]).arg(environment.home.join("venv")))?;
            environment.pip(&["install"], requirements)?;
            fs::write(installed, wanted)?;
        }
        Ok(Some(environment))
    }

    /// The folder of the environment, in which pip may leave more than the packages.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// One of its programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.home.join("venv/bin").join(name)
    }

    /// Runs a command of pip for the packages that a file lists.
    pub(crate) fn pip(&self, arguments: &[&str], requirements: &Path) -> Result<()> {
        let mut command = Command::new(self.program("python"));
        command.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]).args(arguments);
        command.args(["--only-binary=:all:", "--requirement"]).arg(requirements);
        process::run("pip", command.current_dir(&self.home))
    }
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
