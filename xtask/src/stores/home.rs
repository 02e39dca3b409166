//! The account that private stores run as, and the folder of their data.
//!
//! Postgres refuses to run as root, so for root the stores run as an account with fewer rights. That account may not
//! be able to reach the checkout (root's home is closed to others), so its data is under `/var/tmp`.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::{Pid, User, geteuid};

use crate::workspace;

/// Not `postgres`, who is not there before Debian's package is installed, and is afterwards: the folder would change
/// its owner.
const UNPRIVILEGED: &str = "nobody";
const RUN_PREFIX: &str = "test-";

/// One checkout's folder for data, and the account that it belongs to.
pub(crate) struct Home {
    pub(crate) folder: PathBuf,
    /// Set if root runs this program.
    account: Option<User>,
}

impl Home {
    /// Finds or creates it.
    pub(crate) fn open() -> Result<Self> {
        if !geteuid().is_root() {
            return Self { folder: workspace::genkan().join("stores"), account: None }.provided();
        }
        let account = User::from_name(UNPRIVILEGED)?.context("there is no user `nobody`")?;
        let checkout = workspace::root().to_string_lossy().replace('/', "-");
        let folder = Path::new("/var/tmp").join(format!("genkan{checkout}"));
        // Anybody may write to /var/tmp: a folder that another account put there first could be a trap.
        let found = fs::create_dir_all(&folder).and_then(|()| fs::symlink_metadata(&folder))?;
        if !found.is_dir() || ![0, account.uid.as_raw()].contains(&found.uid()) {
            bail!("{} belongs to another account: remove it first", folder.display());
        }
        Self { folder, account: Some(account) }.provided()
    }

    fn provided(self) -> Result<Self> {
        self.provide(&self.folder)?;
        Ok(self)
    }

    /// Makes `command` run as the stores' account, without any supplementary groups.
    pub(crate) fn run_as_account(&self, command: &mut Command) {
        if let Some(account) = &self.account {
            command.uid(account.uid.as_raw()).gid(account.gid.as_raw());
        }
    }

    /// Creates `folder`, if need be, and gives it to the account.
    pub(crate) fn provide(&self, folder: &Path) -> Result<()> {
        let account = self.account.as_ref();
        let (uid, gid) = (account.map(|it| it.uid.as_raw()), account.map(|it| it.gid.as_raw()));
        fs::create_dir_all(folder)
            .and_then(|()| chown(folder, uid, gid))
            .with_context(|| format!("cannot create {}", folder.display()))
    }

    /// A folder for this run alone. Also removes those of runs that were killed.
    pub(crate) fn for_this_run(&self) -> Result<RunFolder> {
        for entry in fs::read_dir(&self.folder)?.flatten() {
            let name = entry.file_name();
            let id = name.to_str().and_then(|name| name.strip_prefix(RUN_PREFIX)?.parse().ok());
            if id.is_some_and(|id| kill(Pid::from_raw(id), None) == Err(Errno::ESRCH)) {
                // One that cannot be removed now is tried again next time.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        let folder = self.folder.join(format!("{RUN_PREFIX}{}", process::id()));
        self.provide(&folder)?;
        Ok(RunFolder(folder))
    }
}

/// A folder that is removed when dropped, which must be after the stores in it.
pub(crate) struct RunFolder(pub(crate) PathBuf);

impl Drop for RunFolder {
    fn drop(&mut self) {
        // A later run removes what this one could not.
        let _ = fs::remove_dir_all(&self.0);
    }
}
