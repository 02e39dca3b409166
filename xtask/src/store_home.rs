//! The folder that the private stores keep their data in: `.genkan/stores`, or one under `/var/tmp` where the
//! account that they run as cannot reach the checkout (root's home is closed to everybody else).

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::{Pid, geteuid};

use crate::account::Account;
use crate::workspace;

const SHARED_TEMPORARY: &str = "/var/tmp";
const TEST_PREFIX: &str = "test-";

/// Where the stores' folders are, and whose they are.
pub(crate) struct StoreHome {
    pub(crate) folder: PathBuf,
    pub(crate) account: Account,
}

impl StoreHome {
    /// Finds or creates it.
    ///
    /// # Errors
    /// No folder can be written by the account, or somebody else's lies in the way.
    pub(crate) fn open() -> Result<Self> {
        let account = Account::for_stores()?;

        let own = workspace::genkan().join("stores");
        account.provide(&own)?;
        if account.can_write(&own) {
            return Ok(Self { folder: own, account });
        }

        let folder =
            Path::new(SHARED_TEMPORARY).join(format!("genkan-{:016x}", fnv1a(&workspace::root())));
        refuse_foreign(&folder, account)?;
        account.provide(&folder)?;
        if !account.can_write(&folder) {
            bail!(
                "neither {} nor {} can be written by the stores' account",
                own.display(),
                folder.display()
            );
        }
        Ok(Self { folder, account })
    }

    /// A folder for this run alone, removed at the end. Also removes what runs that were killed left behind.
    ///
    /// # Errors
    /// It could not be created.
    pub(crate) fn for_this_run(&self) -> Result<RunFolder> {
        self.remove_leftovers();
        let folder = self.folder.join(format!("{TEST_PREFIX}{}", process::id()));
        self.account.provide(&folder)?;
        Ok(RunFolder { folder })
    }

    fn remove_leftovers(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(id) = name.to_str().and_then(|name| name.strip_prefix(TEST_PREFIX)) else {
                continue;
            };
            let Ok(id) = id.parse::<i32>() else { continue };
            if kill(Pid::from_raw(id), None) == Err(Errno::ESRCH) {
                // What cannot be removed now is tried again next time.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// A folder that goes away with its owner. To be dropped after the stores in it.
pub(crate) struct RunFolder {
    pub(crate) folder: PathBuf,
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        // A later run removes what this one could not.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// `/var/tmp` is everybody's: a folder that another account put there first could be a trap.
fn refuse_foreign(folder: &Path, account: Account) -> Result<()> {
    let Ok(metadata) = fs::symlink_metadata(folder) else {
        return fs::DirBuilder::new()
            .mode(0o755)
            .create(folder)
            .with_context(|| format!("cannot create {}", folder.display()));
    };
    let trusted = match account {
        Account::Own => metadata.uid() == geteuid().as_raw(),
        Account::Other { user_id, .. } => {
            metadata.uid() == user_id || metadata.uid() == geteuid().as_raw()
        }
    };
    if !metadata.is_dir() || !trusted {
        bail!("{} belongs to somebody else: remove it first", folder.display());
    }
    Ok(())
}

/// The standard library's hasher may change between Rust versions, and the data would seem lost.
fn fnv1a(path: &Path) -> u64 {
    path.as_os_str().as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_always_hashes_to_the_same_name() {
        // The published test vector of FNV-1a (64 bit) for "foobar".
        assert_eq!(fnv1a(Path::new("foobar")), 0x8594_4171_f739_67e8);
    }
}
