//! The browser's download: `frontend`, linked into one WASM module.

use wasm_bindgen::prelude::wasm_bindgen;

/// Starts the scripts of a page. The inline script in the page then hydrates the islands one by one.
#[wasm_bindgen]
pub fn hydrate() {
    frontend::start();
    leptos::mount::hydrate_islands();
}
