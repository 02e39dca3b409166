//! The button inside a password field that reveals the password (NIST SP 800-63B §3.1.1.2). It is hidden without
//! scripts.
//!
//! A field becomes a password field again before it is posted and before its page is left, because a browser may
//! remember the value of a text field and restore it with the page.

use contract::attributes::{OTHER_LABEL, OTHER_WORDS};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlInputElement};

use super::attached::Attached;
use crate::dom;

const BUTTONS: &str = ".peek";

/// A button `.peek` as the child, with the field's id in `aria-controls`, and the label and words for its other state
/// in attributes.
#[island]
pub fn ShowPasswordButton(children: Children) -> impl IntoView {
    Attached::new(children, |island| {
        let button = island.clone();
        let toggle = Closure::<dyn Fn()>::new(move || {
            if let Some(button) = dom::find(&button, BUTTONS) {
                _ = toggle(&button);
            }
        });
        _ = island
            .add_event_listener_with_callback("click", toggle.into_js_value().unchecked_ref());
    })
}

/// Makes every field a password field again.
pub(crate) fn hide_all() {
    dom::each(BUTTONS, |button| {
        if field_of(button).is_some_and(|field| field.type_() == "text") {
            _ = toggle(button);
        }
    });
}

fn toggle(button: &Element) -> Option<()> {
    let field = field_of(button)?;
    field.set_type(if field.type_() == "password" { "text" } else { "password" });

    let label = button.get_attribute("aria-label")?;
    button.set_attribute("aria-label", &button.get_attribute(OTHER_LABEL)?).ok()?;
    button.set_attribute(OTHER_LABEL, &label).ok()?;
    dom::swap_words(button, OTHER_WORDS)
}

fn field_of(button: &Element) -> Option<HtmlInputElement> {
    let id = button.get_attribute("aria-controls")?;
    document().get_element_by_id(&id)?.dyn_into().ok()
}
