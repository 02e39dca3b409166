//! The account of private stores, and the folder of their data.
//!
//! Postgres refuses to run as root, so for root the stores run as an unprivileged account. That account may not have
//! access to the checkout (in root's home), so its data is under `/var/tmp`.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::sys::statvfs::statvfs;
use nix::unistd::{Pid, User, geteuid};

use super::Durability;
use crate::workspace;

/// Not `postgres`, which exists only once Debian's package is installed: the folder would change its owner.
const UNPRIVILEGED: &str = "nobody";
/// Several times what the tests' databases take: they are dropped as the tests end.
const ROOM_IN_MEMORY: u64 = 4 << 30;
const RUN_PREFIX: &str = "test-";
/// Linux' file system in memory.
const MEMORY: &str = "/dev/shm";

/// The data folder of a checkout, and the account that owns it.
pub(crate) struct Home {
    pub(crate) folder: PathBuf,
    /// Set if this program runs as root.
    account: Option<User>,
}

impl Home {
    /// Finds or creates the folder.
    pub(crate) fn open() -> Result<Self> {
        if !geteuid().is_root() {
            return Self { folder: workspace::genkan().join("stores"), account: None }.provided();
        }
        let account = User::from_name(UNPRIVILEGED)?.context("there is no user `nobody`")?;
        let checkout = workspace::root().to_string_lossy().replace('/', "-");
        let folder = Path::new("/var/tmp").join(format!("genkan{checkout}"));
        // Anybody may write to /var/tmp: another account may have created the folder as a trap.
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

    /// Makes `command` run as the stores' account, without supplementary groups.
    pub(crate) fn run_as_account(&self, command: &mut Command) {
        if let Some(account) = &self.account {
            command.uid(account.uid.as_raw()).gid(account.gid.as_raw());
        }
    }

    /// Creates `folder` if necessary, and gives it to the account.
    pub(crate) fn provide(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)
            .and_then(|()| self.give(folder))
            .with_context(|| format!("cannot create {}", folder.display()))
    }

    /// Writes a file that the account may change.
    pub(crate) fn write(&self, file: &Path, text: &str) -> Result<()> {
        fs::write(file, text)
            .and_then(|()| self.give(file))
            .with_context(|| format!("cannot write {}", file.display()))
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        let account = self.account.as_ref();
        chown(path, account.map(|it| it.uid.as_raw()), account.map(|it| it.gid.as_raw()))
    }

    /// A folder for this run only, in memory if the data may be lost and memory has room. Also removes those of killed
    /// runs.
    pub(crate) fn for_this_run(&self, durability: Durability) -> Result<RunFolder> {
        let name = self.folder.file_name().context("the folder has no name")?;
        let in_memory = Path::new(MEMORY).join(name);
        for base in [&self.folder, &in_memory] {
            remove_abandoned(base);
        }
        let is_in_memory = durability == Durability::Throwaway && has_room(Path::new(MEMORY));
        let base = if is_in_memory { in_memory } else { self.folder.clone() };
        self.provide(&base)?;
        let folder = base.join(format!("{RUN_PREFIX}{}", process::id()));
        self.provide(&folder)?;
        Ok(RunFolder(folder))
    }
}

/// Removes the folders of runs that were killed.
fn remove_abandoned(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_prefix(RUN_PREFIX)?.parse().ok());
        if id.is_some_and(|id| kill(Pid::from_raw(id), None) == Err(Errno::ESRCH)) {
            // A failed removal is retried next time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Returns whether a file system exists and has room for the stores of a run.
fn has_room(folder: &Path) -> bool {
    statvfs(folder)
        .is_ok_and(|space| space.blocks_available() * space.fragment_size() >= ROOM_IN_MEMORY)
}

/// A folder that is removed on drop. Must be dropped after the stores in it.
pub(crate) struct RunFolder(pub(crate) PathBuf);

impl Drop for RunFolder {
    fn drop(&mut self) {
        // A later run removes what remains.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn the_folder_of_a_killed_run_is_removed_and_that_of_a_running_one_stays() -> Result<()> {
        let base = env::temp_dir().join(format!("genkan-home-{}", process::id()));
        let mut ended = Command::new("true").spawn()?;
        ended.wait()?;
        let folders = [ended.id(), process::id()].map(|id| base.join(format!("{RUN_PREFIX}{id}")));
        for folder in &folders {
            fs::create_dir_all(folder.join("certificate"))?;
        }
        remove_abandoned(&base);
        assert_eq!(folders.map(|folder| folder.exists()), [false, true]);
        fs::remove_dir_all(base)?;
        Ok(())
    }
}
