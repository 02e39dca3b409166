//! Each approach keeps what it promises, on real stores: `DATABASE_URL` and `REDIS_URL`, which
//! `cargo xtask test unit` starts.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod browser;
mod common;
mod elsewhere;
mod gate;
mod idle;
mod instance;
mod jwe_reader;
mod memcached;
mod process;
mod promises;
mod races;
mod sealed_cookie;
mod stored;
mod thieves;
mod tokens;
mod writes;
