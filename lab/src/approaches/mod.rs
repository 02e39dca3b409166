//! The approaches. Each is built as a competent team would build it, with that approach's usual library.

mod genkan;
mod jwe;
mod jwt_long;
mod jwt_short;
mod jwt_store;
mod memcached;
mod memory;
mod rdb;
mod redis;
mod redis_common;
mod sealed_cookie;
mod server_side;
mod signed;
mod spa_local_storage;
mod spa_memory;
mod token_cookie;

use axum::{Router, http::StatusCode, routing::get};
use clap::ValueEnum;
use strum::{Display, VariantArray};

use self::rdb::Touch;
pub use self::{jwe::ENCRYPTION, signed::SIGNATURE};
use crate::site::Settings;

/// A way to keep sessions.
#[derive(Debug, Display, Clone, Copy, PartialEq, Eq, Hash, ValueEnum, VariantArray)]
#[value(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Approach {
    /// In the memory of the instance
    Memory,
    /// In memcached, read and extended by one command
    Memcached,
    /// In Redis, by the commands that are commonly written
    RedisCommon,
    /// In Redis or Valkey, read and extended by one command
    Redis,
    /// In Postgres, written on every request
    RdbEveryRequest,
    /// In Postgres, written at most once a minute
    RdbOnceAMinute,
    /// In an encrypted cookie
    SealedCookie,
    /// In a signed token that lives long
    JwtLong,
    /// In a signed token that lives for minutes, and one that renews it
    JwtShort,
    /// In a signed token inside an encrypted one
    Jwe,
    /// In a signed token that a script keeps in `localStorage`
    SpaLocalStorage,
    /// In a signed token that a script keeps in a variable
    SpaMemory,
    /// In a signed token and Redis, as commonly recommended
    JwtStore,
    /// In Genkan's two stores
    Genkan,
}

impl Approach {
    /// The source of the approach: its file, and those that it shares with others of its kind.
    #[must_use]
    pub fn sources(self) -> &'static [&'static str] {
        const SERVER_SIDE: &str = include_str!("server_side.rs");
        const RDB: &str = include_str!("rdb.rs");
        const SIGNED: &str = include_str!("signed.rs");
        const TOKEN_COOKIE: &str = include_str!("token_cookie.rs");

        match self {
            Self::Memory => &[include_str!("memory.rs"), SERVER_SIDE],
            Self::Memcached => &[include_str!("memcached.rs"), SERVER_SIDE],
            Self::RedisCommon => &[include_str!("redis_common.rs")],
            Self::Redis => &[include_str!("redis.rs"), SERVER_SIDE],
            Self::RdbEveryRequest | Self::RdbOnceAMinute => &[RDB, SERVER_SIDE],
            Self::SealedCookie => &[include_str!("sealed_cookie.rs")],
            Self::JwtLong => &[include_str!("jwt_long.rs"), TOKEN_COOKIE, SIGNED],
            Self::JwtShort => &[include_str!("jwt_short.rs"), SIGNED],
            Self::Jwe => &[include_str!("jwe.rs"), TOKEN_COOKIE, SIGNED],
            Self::SpaLocalStorage => &[
                include_str!("spa_local_storage.rs"),
                include_str!("spa_local_storage.html"),
                SIGNED,
            ],
            Self::SpaMemory => {
                &[include_str!("spa_memory.rs"), include_str!("spa_memory.html"), SIGNED]
            }
            Self::JwtStore => &[include_str!("jwt_store.rs"), SIGNED],
            Self::Genkan => &[include_str!("genkan.rs")],
        }
    }

    /// Creates the tables.
    ///
    /// # Errors
    /// The database is unavailable.
    pub async fn prepare(self, settings: &Settings) -> anyhow::Result<()> {
        if self == Self::Genkan {
            return genkan::prepare(settings).await;
        }
        let members = settings.members()?;
        members.prepare().await?;
        if matches!(self, Self::RdbEveryRequest | Self::RdbOnceAMinute) {
            rdb::prepare(&members).await?;
        }
        Ok(())
    }

    /// The site of an instance.
    ///
    /// # Errors
    /// A setting is missing or cannot be used.
    pub async fn site(self, settings: &Settings) -> anyhow::Result<Router> {
        let site = match self {
            Self::Memory => memory::site(settings)?,
            Self::Memcached => memcached::site(settings).await?,
            Self::RedisCommon => redis_common::site(settings).await?,
            Self::Redis => redis::site(settings).await?,
            Self::RdbEveryRequest => rdb::site(settings, Touch::EveryRequest)?,
            Self::RdbOnceAMinute => rdb::site(settings, Touch::OnceAMinute)?,
            Self::SealedCookie => sealed_cookie::site(settings)?,
            Self::JwtLong => jwt_long::site(settings)?,
            Self::JwtShort => jwt_short::site(settings)?,
            Self::Jwe => jwe::site(settings)?,
            Self::SpaLocalStorage => spa_local_storage::site(settings)?,
            Self::SpaMemory => spa_memory::site(settings)?,
            Self::JwtStore => jwt_store::site(settings).await?,
            Self::Genkan => genkan::site(settings).await?,
        };
        Ok(site.route("/health", get(StatusCode::OK)))
    }
}
