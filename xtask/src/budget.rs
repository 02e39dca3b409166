//! The size of the first load: every script and the wasm, as they travel (brotli at quality 11, which is what
//! cargo-leptos' precompression writes). The limit is in `budget.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::site;
use crate::workspace;

const LIMIT: &str = "first_load_brotli_bytes";
const COUNTED: [&str; 2] = [".js.br", ".wasm.br"];

/// Prints the size of each file of the built site's first load, and compares the sum with the limit.
///
/// # Errors
/// It is too large, or the site or the limit cannot be read.
pub(crate) fn check() -> Result<()> {
    let file = workspace::root().join("budget.toml");
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let limit =
        number(&text, LIMIT).with_context(|| format!("{} does not set {LIMIT}", file.display()))?;

    let package = site::folder().join("pkg");
    let mut files = Vec::new();
    collect(&package, &mut files)?;
    files.sort();

    let mut sum = 0;
    for (path, bytes) in &files {
        println!("    {bytes:>9}  {}", path.strip_prefix(&package).unwrap_or(path).display());
        sum += bytes;
    }
    println!("    {sum:>9}  of {limit} bytes");

    if !files.iter().any(|(path, _)| path.to_string_lossy().ends_with(".wasm.br")) {
        bail!("there is no precompressed wasm in {}", package.display());
    }
    if sum > limit {
        bail!(
            "the first load is {} bytes over budget: make it smaller, or raise {LIMIT} and say why",
            sum - limit
        );
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, u64)>) -> Result<()> {
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if COUNTED.iter().any(|ending| path.to_string_lossy().ends_with(ending)) {
            let bytes = fs::metadata(&path)?.len();
            files.push((path, bytes));
        }
    }
    Ok(())
}

fn number(toml: &str, key: &str) -> Option<u64> {
    toml.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        if name.trim() != key {
            return None;
        }
        let digits = value.split('#').next()?.trim().replace('_', "");
        digits.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_read_with_separators_and_comments() {
        let toml = "# why\nother = 1\nfirst_load_brotli_bytes = 194_560 # 190 KB\n";
        assert_eq!(number(toml, LIMIT), Some(194_560));
        assert_eq!(number("first_load_brotli_bytes = lots", LIMIT), None);
    }
}
