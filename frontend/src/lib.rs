//! The browser's half: Leptos islands for what moves in a page, and the shell of the token keeper. Compiled for both
//! sides; the server renders the islands, and `frontend/browser` is what browsers download.
//!
//! **Architecture Invariant:** no texts and no pages: what is shown comes with the page, rendered by the server.
//! Whatever an extension, a translator or a proxy has done to the page before the scripts arrive, forms post and the
//! tokens are refreshed: nothing here walks the page's elements in an expected order, and nothing prevents what the
//! browser would do by itself before it can do that instead.

mod dom;
mod islands;
mod local_times;
mod shell;

pub use keeper::TimeLeft;

pub use self::islands::{ConnectionLine, LiveForm, SessionLength, ShowPasswordButton};

/// Starts what needs no island: the token keeper first.
pub fn start() {
    shell::start();
    local_times::show();
}
