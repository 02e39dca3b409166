//! buildah and podman, with a storage of their own, and the container of the site.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{self as std_process, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use nix::unistd::geteuid;

use crate::os::process::{self, Group};
use crate::os::{http, interrupt, programs};
use crate::stores::RunFolder;
use crate::workspace;

const IMAGE: &str = "genkan";
const NAME: &str = "site";
/// As in production. The limits of open files and processes are those of an ordinary process: podman would raise them,
/// which takes a capability that containers of CI lack.
const CONFINED: [&str; 11] = [
    "--memory=512m",
    "--memory-swap=512m",
    "--cpus=1",
    "--read-only",
    "--read-only-tmpfs=false",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
    "--ulimit=nofile=1024:1024",
    "--ulimit=nproc=1024:1024",
    "--network=host",
    // podman leaves them to systemd, which a container lacks.
    "--no-healthcheck",
];
const TIME_TO_START: Duration = Duration::from_secs(60);
/// Finer than what is measured.
const POLL: Duration = Duration::from_micros(200);

/// Both programs. The storage is removed with it.
pub(super) struct Podman {
    storage: RunFolder,
}

impl Podman {
    /// `None` if the programs are missing and cannot be installed, or this is not root, whom they need here.
    pub(super) fn find_or_install() -> Result<Option<Self>> {
        let are_there = ["buildah", "podman", "runc"].map(|it| programs::on_path(it).is_some());
        if !geteuid().is_root() || !(programs::can_install() || are_there == [true; 3]) {
            return Ok(None);
        }
        programs::ensure("buildah", || programs::on_path("buildah"))?;
        programs::ensure("podman", || programs::on_path("podman"))?;
        programs::ensure("runc", || programs::on_path("runc"))?;
        // Not in `target`: the paths of sockets in it have a length limit.
        let folder = env::temp_dir().join(format!("genkan-image-{}", std_process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Some(Self { storage: RunFolder(folder) }))
    }

    /// Builds the Dockerfile, with this folder in the place of its stage `build`.
    pub(super) fn build(&self, context: &Path) -> Result<()> {
        let mut command = self.of_storage("buildah");
        command.args(["build", "--quiet", "--pull-never", "--isolation=chroot"]);
        // The other format has no HEALTHCHECK.
        command.args(["--format=docker", "--tag", IMAGE]);
        command.arg(format!("--build-context=build={}", context.display()));
        quietly("buildah", command.arg(workspace::root()))
    }

    /// The size of the image, in bytes.
    pub(super) fn size(&self) -> Result<u64> {
        let mut command = self.podman(&["image", "inspect", "--format={{.Size}}", IMAGE]);
        let size = process::output_of(&mut command).context("there is no image")?;
        size.parse().context("podman says no size")
    }

    /// Returns whether a container can be started. Within some other containers it cannot.
    pub(super) fn can_run(&self) -> bool {
        let mut command = self.podman(&["run", "--rm"]);
        process::output_of(command.args(CONFINED).args([IMAGE, "--help"])).is_some()
    }

    /// Runs a command of the program to completion.
    pub(super) fn run(&self, options: &[&str], arguments: &[&str]) -> Result<()> {
        let mut command = self.podman(&["run", "--rm"]);
        command.args(CONFINED).args(options).arg(IMAGE).args(arguments);
        process::run(&format!("genkan {} in the image", arguments.join(" ")), &mut command)
    }

    /// A container that serves, not yet started.
    pub(super) fn create(&self, options: &[&str]) -> Result<Container<'_>> {
        let mut command = self.podman(&["create", "--quiet", "--name", NAME]);
        quietly("podman create", command.args(CONFINED).args(options).arg(IMAGE))?;
        // Everything but the program itself: its process exists, and waits.
        quietly("podman init", &mut self.podman(&["init", NAME]))?;
        let mut command = self.podman(&["inspect", "--format={{.State.Pid}}", NAME]);
        let id = process::output_of(&mut command).context("podman names no process")?;
        Ok(Container { podman: self, process: Path::new("/proc").join(id), attached: None })
    }

    fn podman(&self, arguments: &[&str]) -> Command {
        let mut command = self.of_storage("podman");
        command.arg("--tmpdir").arg(self.storage.0.join("tmp"));
        command.args(["--runtime=runc", "--cgroup-manager=cgroupfs"]).args(arguments);
        command
    }

    fn of_storage(&self, program: &str) -> Command {
        let mut command = process::leashed(program, Signal::SIGTERM);
        command.arg("--root").arg(self.storage.0.join("storage"));
        command.arg("--runroot").arg(self.storage.0.join("run"));
        // Works on every file system.
        command.arg("--storage-driver=vfs");
        command
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        // Fails if there is no container.
        let _ = process::output_of(&mut self.podman(&["rm", "--all", "--force", "--time=0"]));
    }
}

/// A container of the site.
pub(super) struct Container<'a> {
    podman: &'a Podman,
    /// Its folder in `/proc`
    process: PathBuf,
    /// podman, which passes signals on.
    attached: Option<Group>,
}

impl Container<'_> {
    /// Lets the program start, and returns the time from its `exec` to its first response. What podman itself needs
    /// before is not counted.
    pub(super) fn start(&mut self, port: u16) -> Result<Duration> {
        let log = File::create(log()).context("cannot write to target")?;
        let mut command = self.podman.podman(&["start", "--attach", NAME]);
        command.stdout(log.try_clone()?).stderr(log);
        self.attached = Some(Group::spawn(&mut command, Signal::SIGTERM)?);
        let (deadline, comm) = (Instant::now() + TIME_TO_START, self.process.join("comm"));
        let mut executed = None;
        loop {
            // Before, the process is runc's.
            if executed.is_none() && fs::read_to_string(&comm).is_ok_and(|it| it == "genkan\n") {
                executed = Some(Instant::now());
            }
            if let Some(executed) = executed
                && http::get(port, "/health/live").is_ok()
            {
                return Ok(executed.elapsed());
            }
            if self.has_ended()? || Instant::now() > deadline {
                bail!("it does not start; its log is in {}", self::log().display());
            }
            interrupt::pause(POLL)?;
        }
    }

    pub(super) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.attached.as_mut().map_or(Ok(None), Group::status)?.is_some())
    }

    /// The output of a command in the container; `None` if it fails or does not exist.
    pub(super) fn exec(&self, command: &[&str]) -> Option<String> {
        process::output_of(self.podman.podman(&["exec", NAME]).args(command))
    }

    /// The kernel's description of the process.
    pub(super) fn process(&self) -> Result<String> {
        fs::read_to_string(self.process.join("status")).context("the process is gone")
    }

    /// One value of that description.
    pub(super) fn of_process(&self, name: &str) -> Result<String> {
        let process = self.process()?;
        let found = process.lines().find_map(|line| line.split_once(":").filter(|it| it.0 == name));
        Ok(found.with_context(|| format!("the kernel says no {name}"))?.1.trim().to_owned())
    }

    /// Stops it by SIGTERM, and returns its exit code.
    pub(super) fn stop(self) -> Result<String> {
        quietly("podman stop", &mut self.podman.podman(&["stop", "--time=15", NAME]))?;
        let mut command = self.podman.podman(&["inspect", "--format={{.State.ExitCode}}", NAME]);
        process::output_of(&mut command).context("podman says no exit code")
    }
}

/// Runs a command without its output, which is only an id.
fn quietly(name: &str, command: &mut Command) -> Result<()> {
    process::run(name, command.stdout(Stdio::null()))
}

/// The log of the site in the container.
pub(super) fn log() -> PathBuf {
    workspace::target().join("image-server.log")
}
