//! The browser's download: `frontend`, linked into one WASM module.

use wasm_bindgen::prelude::wasm_bindgen;

/// Starts the scripts of a page. Its islands are hydrated after this, one by one, by the script in the page.
#[wasm_bindgen]
pub fn hydrate() {
    frontend::start();
    leptos::mount::hydrate_islands();
}
