//! The programs that building and checking need besides Rust and the stores.

pub(crate) mod cargo;
pub(crate) mod chromium;
pub(crate) mod node;
pub(crate) mod rust;

use std::env;
use std::ffi::OsString;

use crate::workspace;

/// `PATH` with this project's own programs before all others: the pinned tools, and npm's, wasm-opt among them.
pub(crate) fn path() -> OsString {
    let own = [cargo::folder().join("bin"), workspace::end2end().join("node_modules/.bin")];
    let path = env::var_os("PATH").unwrap_or_default();
    let all = own.into_iter().chain(env::split_paths(&path));
    // A checkout whose path has a colon in it goes without.
    env::join_paths(all).unwrap_or(path.clone())
}
