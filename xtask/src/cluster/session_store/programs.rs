//! The programs of Redis and Valkey.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::os::programs;
use crate::stores::{redis, versions};

/// The program of a server, and of its client.
pub(super) struct Programs {
    pub(super) server: PathBuf,
    pub(super) client: PathBuf,
}

impl Programs {
    /// Finds or installs Redis.
    pub(super) fn redis() -> Result<Self> {
        let (server, client) = programs::ensure("redis-server", redis::find)?;
        Ok(Self { server, client })
    }

    /// The same with the newest Valkey as the server where it can be had.
    pub(super) fn valkey_if_possible(folder: &Path) -> Result<Self> {
        let redis = Self::redis()?;
        let [newest, ..] = &versions::ALL;
        let Some(program) = newest.ensure()? else { return Ok(redis) };
        // The stores' account may not have access to the checkout.
        let server = folder.join("valkey-server");
        fs::copy(program, &server).context("cannot copy Valkey")?;
        Ok(Self { server, ..redis })
    }
}
