//! The browser's half: Leptos islands for the interactive parts of a page, and the shell of the token keeper. Compiled
//! for both sides: the server renders the islands, and browsers download `frontend/browser`.
//!
//! **Architecture Invariant:** no texts and no pages: everything shown comes with the page, rendered by the server.
//! Forms post and tokens are refreshed whatever an extension, a translator or a proxy has done to the page before the
//! scripts run: nothing here expects the page's elements in a certain order, and nothing prevents a default action of
//! the browser before it can replace it.

mod dom;
mod islands;
mod local_times;
mod shell;

pub use keeper::TimeLeft;

pub use self::islands::{ConnectionLine, LiveForm, SessionLength, ShowPasswordButton};

/// Starts the parts that need no island, the token keeper first.
pub fn start() {
    shell::start();
    local_times::show();
}
