//! `genkan keys ensure FILE`: a file for `SECRET_KEYS_FILE`, made once and then kept.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;

use crate::admin;

const OWNER_ONLY: u32 = 0o600;

/// Writes a new key to `file` if it is missing or empty, readable by its owner only. Never replaces a key, even if
/// several processes call this at once. A reader sees the whole key or none.
///
/// # Errors
/// The file cannot be read or written, or the operating system gave no randomness.
pub fn ensure(file: &Path) -> anyhow::Result<()> {
    write_if_empty(file).with_context(|| format!("{} cannot be provided", file.display()))
}

fn write_if_empty(file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(folder)?;
    // Released when `folder` is closed. The file itself cannot be locked: it may not exist, and it is replaced.
    folder.lock()?;
    if holds_something(file)? {
        return Ok(());
    }
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    let new = Path::new(&new);
    // Left by a process that was killed.
    unless_missing(fs::remove_file(new))?;
    let key = admin::new_key()?;
    let mut written = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(new)?;
    writeln!(written, "{}", key.as_str())?;
    // On the disk before the name: after a crash there is no empty file.
    written.sync_all()?;
    fs::rename(new, file)?;
    folder.sync_all()?;
    Ok(())
}

fn holds_something(file: &Path) -> io::Result<bool> {
    let held = unless_missing(fs::read(file))?;
    Ok(held.is_some_and(|held| !held.trim_ascii().is_empty()))
}

fn unless_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
