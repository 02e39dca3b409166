//! The size of the first load: all scripts and the WASM, compressed as cargo-leptos does (brotli at quality 11), and the
//! instructions of five requests. The limits are in `budget.toml`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::commands::bench;
use crate::os::progress::note;
use crate::site;
use crate::workspace;

const LIMIT: &str = "first_load_brotli_bytes";

pub(crate) fn check() -> Result<()> {
    check_size()?;
    bench::check_instructions()
}

/// Prints the size of each file of the first load, and compares the sum with the limit.
fn check_size() -> Result<()> {
    site::build_browser_half()?;
    let limit = limit().with_context(|| format!("budget.toml does not set {LIMIT}"))?;
    let sum = size_of(&site::folder().join("pkg"))?;
    note(&format!("{sum:>9}  of {limit} bytes"));
    if sum == 0 {
        bail!("nothing in the built site is precompressed");
    }
    if sum > limit {
        let over = sum - limit;
        bail!("{over} bytes over budget: make it smaller, or raise {LIMIT} and say why");
    }
    Ok(())
}

fn limit() -> Option<u64> {
    let budget = fs::read_to_string(workspace::root().join("budget.toml")).ok()?;
    let (_, line) = budget.lines().find_map(|line| line.split_once(LIMIT))?;
    line.trim_matches([' ', '=']).replace('_', "").parse().ok()
}

fn size_of(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            sum += size_of(&entry.path())?;
        } else if [".js.br", ".wasm.br"].iter().any(|ending| name.ends_with(ending)) {
            let bytes = entry.metadata()?.len();
            note(&format!("{bytes:>9}  {name}"));
            sum += bytes;
        }
    }
    Ok(sum)
}
