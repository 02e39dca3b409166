//! The files of the image, by `deploy/image-root`, from this run's program and site.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::os::process;
use crate::site;
use crate::workspace;

/// A file that the image keeps of the version before, and one that that version had kept in turn.
pub(super) const OF_THE_VERSION_BEFORE: (&str, &str) = ("genkan.before.js", "genkan.older.js");

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Profile {
    Release,
    Debug,
}

/// The program in the image.
pub(super) struct Program {
    pub(super) file: PathBuf,
    profile: Profile,
}

impl Program {
    /// The release build if there is one of these sources: the debug build is up to date, so a newer release build is,
    /// too. Else the debug build, stripped, because compiling another takes many minutes.
    pub(super) fn find() -> Result<Self> {
        let (release, debug) = (built("release"), built("debug"));
        let modified = |file: &Path| fs::metadata(file).and_then(|file| file.modified()).ok();
        if modified(&release) > modified(&debug) {
            return Ok(Self { file: release, profile: Profile::Release });
        }
        let file = folder().join("genkan");
        fs::create_dir_all(folder())?;
        process::run("strip", Command::new("strip").arg("-o").args([&file, &debug]))?;
        Ok(Self { file, profile: Profile::Debug })
    }

    pub(super) fn is_release(&self) -> bool {
        self.profile == Profile::Release
    }
}

impl fmt::Display for Program {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.profile {
            Profile::Release => "release build",
            Profile::Debug => "debug build",
        })
    }
}

/// What the Dockerfile's stage `build` leaves.
pub(super) struct Root {
    pub(super) context: PathBuf,
}

impl Root {
    pub(super) fn lay_out(program: &Program) -> Result<Self> {
        let (context, before) = (folder().join("build"), folder().join("before"));
        for folder in [&context, &before] {
            // It may exist from an earlier run.
            let _ = fs::remove_dir_all(folder);
        }
        fs::create_dir_all(context.join("keys"))?;
        write_version_before(&before.join("opt/genkan")).context("cannot write to target")?;
        let mut command = Command::new(workspace::root().join("deploy/image-root"));
        command.arg(&program.file).arg(workspace::target().join("release/hash.txt"));
        command.arg(site::folder()).arg(before).arg(context.join("genkan"));
        process::run("deploy/image-root", &mut command)?;
        Ok(Self { context })
    }

    /// Runs the program with these files alone, without a container.
    pub(super) fn try_program(&self) -> Result<()> {
        let mut command = Command::new("chroot");
        command.arg(self.context.join("genkan")).args(["/opt/genkan/genkan", "--help"]);
        process::run("the program with the files of the image", command.stdout(Stdio::null()))
    }
}

fn write_version_before(home: &Path) -> Result<()> {
    let package = home.join("site/pkg");
    fs::create_dir_all(&package)?;
    for name in [OF_THE_VERSION_BEFORE.0, OF_THE_VERSION_BEFORE.1] {
        fs::write(package.join(name), "")?;
    }
    Ok(fs::write(home.join("hash.txt"), "js: before\n")?)
}

fn built(profile: &str) -> PathBuf {
    workspace::target().join(profile).join("genkan")
}

fn folder() -> PathBuf {
    workspace::target().join("image")
}
