//! Tests of islands as the server renders them.

#![cfg(feature = "ssr")]

use std::sync::Arc;

use frontend::{LiveForm, ShowPasswordButton};
use hydration_context::SsrSharedContext;
use leptos::prelude::*;

fn render(view: impl FnOnce() -> AnyView) -> String {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    owner.with(|| view().to_html())
}

#[test]
fn an_island_wraps_its_children_and_adds_nothing_else() {
    let html = render(|| view! { <LiveForm><p></p></LiveForm> }.into_any());
    let (tag, rest) = html.split_once('>').unwrap();
    assert!(tag.starts_with("<leptos-island data-component=\"LiveForm_"), "{html}");
    assert_eq!(rest, "<leptos-children><p></p></leptos-children></leptos-island>", "{html}");
}

#[test]
fn a_nested_island_is_rendered_as_an_island_of_its_own() {
    let html = render(|| {
        view! { <LiveForm><ShowPasswordButton><i></i></ShowPasswordButton></LiveForm> }.into_any()
    });
    assert_eq!(html.matches("<leptos-island ").count(), 2, "{html}");
    assert_eq!(html.matches("<leptos-children>").count(), 2, "{html}");
}
