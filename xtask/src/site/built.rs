//! What a build has made: the server's program, and what browsers download.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::Build;
use crate::os::process;
use crate::workspace;

/// A built site.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    pub(crate) program: PathBuf,
    /// The folder that browsers' files are in
    assets: PathBuf,
    /// The file with the hashes of their names
    hashes: PathBuf,
}

impl Built {
    /// What cargo and cargo-leptos have left in their folders, where the next build changes it.
    pub(crate) fn in_place(build: Build) -> Self {
        Self {
            program: build.program(),
            assets: super::folder(),
            // cargo-leptos always writes the file here.
            hashes: workspace::target().join("release/hash.txt"),
        }
    }

    /// Copies everything into a new folder, for as long as no build is to change it.
    pub(crate) fn copy_to(&self, folder: &Path) -> Result<Self> {
        fs::create_dir(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let copy = Self {
            program: folder.join("genkan"),
            assets: folder.join("assets"),
            hashes: folder.join("hash.txt"),
        };
        for (from, to) in [
            (&self.program, &copy.program),
            (&self.assets, &copy.assets),
            (&self.hashes, &copy.hashes),
        ] {
            process::run("cp", Command::new("cp").arg("-R").args([from, to]))?;
        }
        Ok(copy)
    }

    /// The variables for serving it.
    pub(crate) fn variables(&self) -> [(&'static str, OsString); 5] {
        [
            ("LEPTOS_OUTPUT_NAME", "genkan".into()),
            ("LEPTOS_SITE_PKG_DIR", "pkg".into()),
            ("LEPTOS_SITE_ROOT", self.assets.clone().into()),
            ("LEPTOS_HASH_FILES", "true".into()),
            // Leptos joins the name to the binary's folder, where an absolute path wins.
            ("LEPTOS_HASH_FILE_NAME", self.hashes.clone().into()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn a_copy_stays_the_same_when_the_next_build_changes_the_files() -> Result<()> {
        let folder = env::temp_dir().join(format!("genkan-built-{}", std::process::id()));
        let pages = folder.join("site/pkg");
        fs::create_dir_all(&pages)?;
        let files = [folder.join("program"), folder.join("hashes"), pages.join("genkan.css")];
        for file in &files {
            fs::write(file, "before")?;
        }
        let [program, hashes, _] = files.clone();
        let built = Built { program, assets: folder.join("site"), hashes };
        let copy = built.copy_to(&folder.join("copy"))?;
        for file in &files {
            fs::write(file, "after")?;
        }
        for file in [&copy.program, &copy.hashes, &copy.assets.join("pkg/genkan.css")] {
            assert_eq!(fs::read_to_string(file)?, "before", "{}", file.display());
        }
        fs::remove_dir_all(folder)?;
        Ok(())
    }
}
