//! Faults that are begun and healed by restarting instances with another setup.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::super::Cluster;
use super::super::instances::{self, Readiness, Setup};
use crate::os::{interrupt, programs};
use crate::site;

const ALL: [usize; instances::COUNT] = [0, 1, 2];
const WITH_OTHER_CLOCK: usize = 0;
const OF_OTHER_VERSION: [usize; 1] = [2];
const SECRET_KEYS: &str = "SECRET_KEYS";
/// The default of `ACCESS_TTL`, in seconds.
const ACCESS_TTL: u64 = 300;

impl Cluster {
    /// Sets an instance's clock, and checks what it says of itself then.
    pub(super) fn shift_clock(&mut self, offset: &str, readiness: Readiness) -> Result<()> {
        let library = programs::ensure("faketime", find_libfaketime)?;
        let shift = |setup: &mut Setup| {
            setup.set("LD_PRELOAD", &library);
            setup.set("FAKETIME", offset);
            // Durations stay right, as on a machine whose clock is wrong.
            setup.set("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        };
        self.instances.change_one(WITH_OTHER_CLOCK, shift, readiness)
    }

    pub(super) fn restore_clock(&mut self) -> Result<()> {
        self.instances.change(&[WITH_OTHER_CLOCK], |setup| setup.remove("LD_PRELOAD"))
    }

    pub(super) fn sign_with_new_key(&mut self) -> Result<()> {
        let old = self.setup.get(SECRET_KEYS).context("no keys")?.to_owned();
        let new = site::new_key_by(&self.setup.program)?;
        for keys in [format!("{old},{new}"), format!("{new},{old}")] {
            self.instances.change(&ALL, |setup| setup.set(SECRET_KEYS, &keys))?;
        }
        self.setup.set(SECRET_KEYS, new);
        self.signs_since = Instant::now();
        Ok(())
    }

    /// Waits until every page that is open has refreshed its tokens.
    pub(super) fn retire_old_key(&mut self) -> Result<()> {
        let life = self.setup.get("ACCESS_TTL").and_then(|seconds| seconds.parse().ok());
        let due = self.signs_since + Duration::from_secs(life.unwrap_or(ACCESS_TTL));
        while Instant::now() < due {
            interrupt::pause(Duration::from_millis(100))?;
        }
        let new = self.setup.get(SECRET_KEYS).context("no keys")?.to_owned();
        self.instances.change(&ALL, |setup| setup.set(SECRET_KEYS, &new))
    }

    pub(super) fn start_other_version(&mut self) -> Result<()> {
        let other = self.other.as_ref().context("no other version")?;
        self.instances.change(&OF_OTHER_VERSION, |setup| setup.program.clone_from(other))
    }

    pub(super) fn end_other_version(&mut self) -> Result<()> {
        let program = &self.setup.program;
        self.instances.change(&OF_OTHER_VERSION, |setup| setup.program.clone_from(program))
    }
}

/// Debian's library that shifts the clock of the program that loads it.
fn find_libfaketime() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    let mut libraries = folders.map(|folder| folder.path().join("faketime/libfaketime.so.1"));
    libraries.find(|library| library.is_file())
}
