//! The workspace's packages as cargo arguments, grouped by how they are compiled and checked.

/// Compiled for the server. Never together with [`BROWSER`]: cargo would enable both sides of `frontend` at once.
pub(crate) const SERVER: &[&str] = &[
    "-p=contract",
    "-p=domain",
    "-p=keeper",
    "-p=frontend",
    "--features=frontend/ssr",
    "-p=app",
    "-p=server",
    "-p=measuring",
    "-p=costs",
    // Other approaches enable features of what the server uses. Together, it is compiled once for both.
    "-p=lab",
];

/// Compiled for the browser.
pub(crate) const BROWSER: &[&str] = &["-p=browser", "-p=example", "--features=example/hydrate"];

/// The example of an island with a server function, compiled for the server. Separately, because `leptos_axum` enables
/// features of Leptos that the site does not use.
pub(crate) const EXAMPLE: &[&str] = &["-p=example", "--features=example/ssr"];

/// Tested in WASM as well as natively.
pub(crate) const TESTED_IN_WASM: &[&str] = &["-p=keeper"];

/// This program. Compiled separately, so that its dependencies' features do not affect the server's.
pub(crate) const XTASK: &[&str] = &["-p=xtask"];

/// The members of `cargo xtask drill`. Separately, because a client enables features that the server does not use.
pub(crate) const MEMBERS: &[&str] = &["-p=members"];

/// Searched for unused dependencies. Listed, so that the search does not enter `target` and `node_modules`.
pub(crate) const FOLDERS: &[&str] = &["app", "contract", "frontend", "lab", "server", "xtask"];
