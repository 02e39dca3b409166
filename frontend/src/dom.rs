//! Access to the page's elements, by selector, because an extension may have moved them.

use js_sys::{Function, Object, Reflect};
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlFormElement, HtmlInputElement};

/// The element `<html>`.
pub(crate) fn root() -> Option<Element> {
    document().document_element()
}

/// Calls `act` for every element of the page that matches.
pub(crate) fn each(selector: &str, act: impl FnMut(&Element)) {
    if let Some(root) = root() {
        each_in(&root, selector, act);
    }
}

/// Calls `act` for every element within `element` that matches.
pub(crate) fn each_in(element: &Element, selector: &str, mut act: impl FnMut(&Element)) {
    let Ok(found) = element.query_selector_all(selector) else { return };
    for at in 0..found.length() {
        if let Some(element) = found.get(at).and_then(|it| it.dyn_into().ok()) {
            act(&element);
        }
    }
}

/// The first element within `element` that matches.
pub(crate) fn find<T: JsCast>(element: &Element, selector: &str) -> Option<T> {
    element.query_selector(selector).ok()??.dyn_into().ok()
}

/// The form that contains an event's target.
pub(crate) fn form_of(event: &Event) -> Option<HtmlFormElement> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("form").ok()??.dyn_into().ok()
}

/// Scrolls only as far as the element needs to be seen.
pub(crate) fn scroll_to(element: &Element) -> Result<(), JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"block".into(), &"nearest".into())?;
    let scroll: Function = Reflect::get(element, &"scrollIntoView".into())?.dyn_into()?;
    scroll.call1(element, &options).map(drop)
}

/// Shows words in an element, or hides it without any.
pub(crate) fn show_words(element: &Element, words: Option<&str>) {
    element.set_text_content(words);
    _ = element.toggle_attribute_with_force("hidden", words.is_none());
}

/// Swaps an element's words for those in an attribute; the attribute keeps the old ones.
pub(crate) fn swap_words(element: &Element, attribute: &str) -> Option<()> {
    let (words, other) = (element.text_content()?, element.get_attribute(attribute)?);
    element.set_text_content(Some(&other));
    element.set_attribute(attribute, &words).ok()
}

/// Empties every input within `element` that matches.
pub(crate) fn empty_inputs(element: &Element, selector: &str) {
    each_in(element, selector, |input| {
        if let Some(input) = input.dyn_ref::<HtmlInputElement>() {
            input.set_value("");
        }
    });
}
