//! Reads and edits `.env` without disturbing it: comments, order and every line that is not set stay as they are.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The contents of a `.env` file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct EnvFile {
    lines: Vec<String>,
}

impl EnvFile {
    /// Reads the file; one that does not exist is empty.
    ///
    /// # Errors
    /// It exists and cannot be read.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn parse(text: &str) -> Self {
        Self { lines: text.lines().map(str::to_owned).collect() }
    }

    /// The value of `name`, without quotes. The first line counts, as it does for dotenvy.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let line = self.lines.iter().find(|line| name_in(line) == Some(name))?;
        let (_, value) = line.split_once('=')?;
        Some(unquoted(value))
    }

    /// Sets `name`: in place where it has a line, else at the end.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let new = format!("{name}={value}");
        match self.lines.iter_mut().find(|line| name_in(line) == Some(name)) {
            Some(line) => *line = new,
            None => self.lines.push(new),
        }
    }

    /// Adds a comment at the end of a file that has nothing in it yet.
    pub(crate) fn introduce(&mut self, comment: &str) {
        if self.lines.is_empty() {
            self.lines.extend(comment.lines().map(|line| format!("# {line}")));
        }
    }

    /// Writes the file, readable by its owner alone since keys are in it. A crash leaves the old or the new one.
    ///
    /// # Errors
    /// It could not be written.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let aside = aside(path);
        let mut text = self.lines.join("\n");
        text.push('\n');

        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options
            .open(&aside)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| fs::rename(&aside, path))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

fn aside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

fn name_in(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("export ").unwrap_or(line);
    if line.starts_with('#') {
        return None;
    }
    line.split_once('=').map(|(name, _)| name.trim())
}

fn unquoted(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inside) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inside.0.to_owned();
        }
    }
    match value.split_once(" #") {
        Some((value, _comment)) => value.trim_end().to_owned(),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_a_name_changes_its_line_and_no_other() {
        let mut file = EnvFile::parse("# mine\nPORT=3000\nRUST_LOG=debug # loud\n");
        file.set("PORT", "3002");
        file.set("DEV_MAILBOX", "on");
        assert_eq!(file.lines, ["# mine", "PORT=3002", "RUST_LOG=debug # loud", "DEV_MAILBOX=on"]);
    }

    #[test]
    fn quotes_comments_and_export_are_understood() {
        let file =
            EnvFile::parse("export A=\"one # two\"\nB='three'\nC=four # five\n#D=six\nE=k1:ab==\n");
        assert_eq!(file.get("A").as_deref(), Some("one # two"));
        assert_eq!(file.get("B").as_deref(), Some("three"));
        assert_eq!(file.get("C").as_deref(), Some("four"));
        assert_eq!(file.get("D"), None);
        assert_eq!(file.get("E").as_deref(), Some("k1:ab=="));
    }

    #[test]
    fn the_first_line_of_a_name_counts() {
        let mut file = EnvFile::parse("A=1\nA=2\n");
        assert_eq!(file.get("A").as_deref(), Some("1"));
        file.set("A", "3");
        assert_eq!(file.lines, ["A=3", "A=2"]);
    }

    #[test]
    fn only_an_empty_file_gets_an_introduction() {
        let mut file = EnvFile::parse("A=1\n");
        file.introduce("hello");
        assert_eq!(file.lines, ["A=1"]);
    }
}
