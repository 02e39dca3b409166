//! The page. It is small, so that keeping sessions is measured, and not rendering.

use axum::response::Html;

/// The page of a member with this counter. Names are letters and digits (`members.rs`).
pub fn page(name: &str, role: &str, count: u64) -> Html<String> {
    Html(format!(
        "<!doctype html><title>Lab</title><p id=name>{name}</p><p id=role>{role}</p><p id=count>{count}</p>"
    ))
}
