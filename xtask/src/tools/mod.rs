//! Programs for building and checking, besides Rust and the stores.

pub(crate) mod cargo;
pub(crate) mod chromium;
pub(crate) mod node;
pub(crate) mod playwright;
pub(crate) mod python;
pub(crate) mod rust;

use std::env;
use std::ffi::OsString;

use crate::workspace;

/// `PATH` with this project's programs first: the pinned tools, and npm's, including wasm-opt.
pub(crate) fn path() -> OsString {
    let own = [cargo::folder().join("bin"), workspace::end2end().join("node_modules/.bin")];
    let path = env::var_os("PATH").unwrap_or_default();
    let all = own.into_iter().chain(env::split_paths(&path));
    // Falls back to the plain `PATH` if the checkout's path contains a colon.
    env::join_paths(all).unwrap_or(path.clone())
}
