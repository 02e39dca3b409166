//! Finds programs: on `PATH`, then where Debian and Homebrew keep what they do not put there.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Homebrew's folder for linked programs, on its three platforms.
pub(crate) const HOMEBREW: [&str; 3] =
    ["/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"];

/// The program of that name on `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_executable(file))
}

/// The program of that name on `PATH` or in one of `folders`.
pub(crate) fn on_path_or_in(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    on_path(name)
        .or_else(|| folders.iter().map(|folder| folder.join(name)).find(|file| is_executable(file)))
}

/// `PATH` with `folders` put before everything else.
///
/// # Errors
/// A folder's name contains the separator.
pub(crate) fn path_with(folders: &[PathBuf]) -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(env::split_paths(&path));
    env::join_paths(all).context("a folder's name contains a colon, so it cannot be on PATH")
}

/// The subfolders of `folder`, those with the highest version number in their names first.
pub(crate) fn subfolders_by_version(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort_by_key(|path| std::cmp::Reverse(trailing_number(path)));
    found
}

/// Whether the file exists and somebody may execute it.
pub(crate) fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    fs::metadata(file)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Whether a program's `--version` output names exactly this version.
pub(crate) fn reports_version(output: &str, version: &str) -> bool {
    output.split_whitespace().any(|word| word.trim_start_matches('v') == version)
}

fn trailing_number(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?;
    name.rsplit(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_recognised_only_as_a_whole_word() {
        assert!(reports_version("cargo-leptos 0.3.11", "0.3.11"));
        assert!(reports_version("wasm-bindgen 0.2.130 (abc)", "0.2.130"));
        assert!(reports_version("0.9.2", "0.9.2"));
        assert!(!reports_version("cargo-leptos 0.3.110", "0.3.11"));
        assert!(!reports_version("wasm-bindgen 0.2.13", "0.2.130"));
        assert!(!reports_version("", "0.2.130"));
    }

    #[test]
    fn folder_versions_compare_as_numbers() {
        assert_eq!(trailing_number(Path::new("/opt/postgresql@9")), Some(9));
        assert_eq!(trailing_number(Path::new("/usr/lib/postgresql/15")), Some(15));
        assert_eq!(trailing_number(Path::new("/opt/postgresql")), None);
    }
}
