//! Access to the page's elements. By selector, wherever an extension may have put them.

use leptos::prelude::document;
pub(crate) use leptos::prelude::window;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlFormElement, NodeList};

/// The element `<html>`.
pub(crate) fn root() -> Option<Element> {
    document().document_element()
}

/// Calls `act` for every element of the page that matches.
pub(crate) fn each(selector: &str, act: impl FnMut(&Element)) {
    each_of(document().query_selector_all(selector).ok(), act);
}

/// Calls `act` for every element within `element` that matches.
pub(crate) fn each_in(element: &Element, selector: &str, act: impl FnMut(&Element)) {
    each_of(element.query_selector_all(selector).ok(), act);
}

/// The first element within `element` that matches.
pub(crate) fn find<T: JsCast>(element: &Element, selector: &str) -> Option<T> {
    element.query_selector(selector).ok()??.dyn_into().ok()
}

/// The form that an event is about.
pub(crate) fn form_of(event: &Event) -> Option<HtmlFormElement> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("form").ok()??.dyn_into().ok()
}

/// Shows words in an element that is hidden without them.
pub(crate) fn show_words(element: &Element, words: Option<&str>) {
    element.set_text_content(words);
    _ = element.toggle_attribute_with_force("hidden", words.is_none());
}

fn each_of(elements: Option<NodeList>, mut act: impl FnMut(&Element)) {
    let Some(elements) = elements else { return };
    for at in 0..elements.length() {
        if let Some(element) = elements.get(at).and_then(|it| it.dyn_into().ok()) {
            act(&element);
        }
    }
}
