//! The workspace's packages as cargo's arguments, by the way in which they are compiled and checked.

/// Compiled for the server. Never together with [`BROWSER`]: cargo would switch both sides of `frontend` on at once.
pub(crate) const SERVER: &[&str] = &[
    "-p=contract",
    "-p=domain",
    "-p=keeper",
    "-p=frontend",
    "--features=frontend/ssr",
    "-p=app",
    "-p=server",
];

/// Compiled for the browser.
pub(crate) const BROWSER: &[&str] = &["-p=browser", "-p=example", "--features=example/hydrate"];

/// The example of an island with a server function, compiled for the server. By itself, since `leptos_axum` switches
/// features of Leptos on that the site does without.
pub(crate) const EXAMPLE: &[&str] = &["-p=example", "--features=example/ssr"];

/// Tested in WASM as well as natively.
pub(crate) const TESTED_IN_WASM: &[&str] = &["-p=keeper"];

/// This program. Compiled by itself, so that its dependencies' features do not change how the server's are compiled.
pub(crate) const XTASK: &[&str] = &["-p=xtask"];

/// Searched for unused dependencies. By name, since the search would enter `target` and `node_modules` otherwise.
pub(crate) const FOLDERS: &[&str] = &["app", "contract", "frontend", "server", "xtask"];
