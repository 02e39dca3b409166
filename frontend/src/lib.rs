//! What the browser runs: the app, put onto the page that the server rendered.

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the page.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
