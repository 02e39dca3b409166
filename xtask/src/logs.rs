//! Log files of the servers that this program starts.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// Sends what `command` prints to `log`. Opened here, since the account that it runs as may not be allowed to.
///
/// # Errors
/// The file could not be created.
pub(crate) fn write_to(command: &mut Command, log: &Path) -> Result<()> {
    let file = File::create(log).with_context(|| format!("cannot create {}", log.display()))?;
    let twin = file.try_clone().context("cannot share the log file")?;
    command.stdout(file).stderr(twin);
    Ok(())
}

/// The last lines of a log, for an error.
pub(crate) fn end_of(log: &Path) -> String {
    const LINES: usize = 20;

    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
