//! Whom the private stores run as. Postgres refuses root, and Redis needs nothing that root can do.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use nix::unistd::geteuid;

/// Tried in this order.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// The account that the stores run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// Whoever runs this program.
    Own,
    /// Somebody with fewer rights, because root runs this program.
    Other { user_id: u32, group_id: u32 },
}

impl Account {
    /// # Errors
    /// Root runs this program, and the machine has no unprivileged account.
    pub(crate) fn for_stores() -> Result<Self> {
        if !is_root() {
            return Ok(Self::Own);
        }
        let accounts = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let Some(account) = UNPRIVILEGED.iter().find_map(|name| find(&accounts, name)) else {
            bail!(
                "Postgres refuses to run as root, and there is neither a user `postgres` nor `nobody`: run this as another user"
            );
        };
        Ok(account)
    }

    /// Makes `command` run as this account, without any supplementary groups.
    pub(crate) fn apply(self, command: &mut Command) {
        if let Self::Other { user_id, group_id } = self {
            command.uid(user_id).gid(group_id);
        }
    }

    /// Creates `folder`, if need be, and gives it to this account.
    ///
    /// # Errors
    /// The folder could not be created or given away.
    pub(crate) fn provide(self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        self.give(folder)
    }

    /// Gives a file or a folder to this account.
    ///
    /// # Errors
    /// It could not be given away.
    pub(crate) fn give(self, path: &Path) -> Result<()> {
        let Self::Other { user_id, group_id } = self else { return Ok(()) };
        chown(path, Some(user_id), Some(group_id))
            .with_context(|| format!("cannot chown {}", path.display()))
    }

    /// Whether this account can reach `folder` and write into it.
    pub(crate) fn can_write(self, folder: &Path) -> bool {
        let mut command = Command::new("test");
        command.arg("-w").arg(folder).current_dir("/").stdin(Stdio::null());
        self.apply(&mut command);
        command.status().is_ok_and(|status| status.success())
    }
}

/// Whether this program has root's rights.
pub(crate) fn is_root() -> bool {
    geteuid().is_root()
}

fn find(accounts: &str, name: &str) -> Option<Account> {
    accounts.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        if fields.first() != Some(&name) {
            return None;
        }
        Some(Account::Other {
            user_id: fields.get(2)?.parse().ok()?,
            group_id: fields.get(3)?.parse().ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:7::/:/bin/sh\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(
            find(accounts, "postgres"),
            Some(Account::Other { user_id: 101, group_id: 104 })
        );
        assert_eq!(find(accounts, "nobody"), None);
    }
}
