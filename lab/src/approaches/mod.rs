//! The approaches. Each is built as a competent team would build it, with that approach's usual library.

mod memory;
mod redis;
mod server_side;

use axum::{Router, http::StatusCode, routing::get};
use clap::ValueEnum;
use strum::{Display, VariantArray};

use crate::site::Settings;

/// A way to keep sessions.
#[derive(Debug, Display, Clone, Copy, PartialEq, Eq, Hash, ValueEnum, VariantArray)]
#[value(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Approach {
    /// In the memory of the instance
    Memory,
    /// In Redis or Valkey, read and extended by one command
    Redis,
}

impl Approach {
    /// The source of the approach: its file, and those that it shares with others of its kind.
    #[must_use]
    pub fn sources(self) -> &'static [&'static str] {
        const SERVER_SIDE: &str = include_str!("server_side.rs");

        match self {
            Self::Memory => &[include_str!("memory.rs"), SERVER_SIDE],
            Self::Redis => &[include_str!("redis.rs"), SERVER_SIDE],
        }
    }

    /// Creates the tables.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn prepare(self, settings: &Settings) -> anyhow::Result<()> {
        let members = settings.members()?;
        members.prepare().await?;
        match self {
            Self::Memory | Self::Redis => Ok(()),
        }
    }

    /// The site of an instance. Starts without its stores.
    ///
    /// # Errors
    /// A setting is missing or cannot be used.
    pub async fn site(self, settings: &Settings) -> anyhow::Result<Router> {
        let site = match self {
            Self::Memory => memory::site(settings)?,
            Self::Redis => redis::site(settings).await?,
        };
        Ok(site.route("/health", get(StatusCode::OK)))
    }
}
