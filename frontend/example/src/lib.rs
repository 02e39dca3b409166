//! An island with properties that calls a typed server function: an example to copy from, described in
//! `docs/islands.md`.
//!
//! **Architecture Invariant:** not part of the site. `frontend/browser` does not link it, so it adds nothing to the
//! download.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The outcome of a ring at a door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// The words to show
    pub words: String,
}

/// The member who calls a server function. The server provides it as context for each call.
#[derive(Debug, Clone)]
pub struct Caller(pub String);

/// Rings at a door. The body is compiled for the server only; in the browser, the function posts its arguments to
/// `/fn/ring`.
///
/// # Errors
/// Nobody is signed in.
#[server(prefix = "/fn", endpoint = "ring")]
pub async fn ring(door: String) -> Result<Rung, ServerFnError> {
    let Caller(name) = use_context().ok_or_else(|| ServerFnError::new("nobody is signed in"))?;
    Ok(Rung { words: format!("{name} is at the {door}") })
}

/// A button that rings at `door`, and the outcome. The server writes the properties into the page as JSON.
#[island]
pub fn Doorbell(
    /// The door to ring at
    door: String,
    /// The button's words
    words: String,
    /// The words for a call that failed
    failed: String,
) -> impl IntoView {
    let rung = Action::new(|door: &String| ring(door.clone()));
    let outcome = move || {
        let outcome = rung.value().get()?;
        Some(outcome.map_or_else(|_| failed.clone(), |ring| ring.words))
    };
    view! {
        <button type="button" on:click=move |_| _ = rung.dispatch(door.clone())>{words}</button>
        <p role="status">{outcome}</p>
    }
}
