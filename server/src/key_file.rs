//! `genkan keys ensure FILE`: a file for `SECRET_KEYS_FILE`, made once and then kept.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use domain::session::keys::KeyRing;

use crate::admin;

const OWNER_ONLY: u32 = 0o600;

/// Writes a new key to `file` if it is missing or empty, readable by its owner only. Never replaces what it holds, even
/// if several processes call this at once. A reader sees the whole key or none.
///
/// # Errors
/// The file cannot be read or written, it holds something else than keys, or the operating system gave no randomness.
pub fn ensure(file: &Path) -> anyhow::Result<()> {
    write_if_empty(file).with_context(|| format!("{} cannot be provided", file.display()))
}

fn write_if_empty(file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = File::open(folder)?;
    // Released when `folder` is closed. The file itself cannot be locked: it may not exist, and it is replaced.
    folder.lock()?;
    let held = unless_missing(fs::read_to_string(file))?.unwrap_or_default();
    if !held.trim().is_empty() {
        KeyRing::parse(held.trim()).context("it holds no keys")?;
        return Ok(());
    }
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    let new = Path::new(&new);
    // Left by a process that was killed.
    unless_missing(fs::remove_file(new))?;
    if let Err(error) = write(new, &admin::new_key()?).and_then(|()| fs::rename(new, file)) {
        unless_missing(fs::remove_file(new))?;
        return Err(error.into());
    }
    folder.sync_all()?;
    Ok(())
}

fn write(new: &Path, key: &str) -> io::Result<()> {
    let mut written = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(new)?;
    writeln!(written, "{key}")?;
    // On the disk before the name: after a crash there is no empty file.
    written.sync_all()
}

fn unless_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
