//! Rebuilds the server when a migration is added, because `sqlx::migrate!` embeds them, and gives it a digest of the
//! sources of its pages, by which a page finds that the server is of another version.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
};

const SOURCES: [&str; 3] = ["../app/src", "../app/texts.json", "../contract/src"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=../migrations");
    let mut digest = DefaultHasher::new();
    env::var_os("CARGO_PKG_VERSION").hash(&mut digest);
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        add(Path::new(source), &mut digest)?;
    }
    println!("cargo::rustc-env=GENKAN_SOURCES={:016x}", digest.finish());
    Ok(())
}

/// Adds a file, or all files of a folder, in the order of their names.
fn add(path: &Path, digest: &mut DefaultHasher) -> io::Result<()> {
    if !path.is_dir() {
        path.hash(digest);
        fs::read(path)?.hash(digest);
        return Ok(());
    }
    let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path()));
    let mut entries = entries.collect::<io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    entries.iter().try_for_each(|entry| add(entry, digest))
}
