//! The button inside a password field that shows what is typed (NIST SP 800-63B §3.1.1.2). Without scripts it is
//! not there. The same listeners serve every such button, also those of pages that the server alone renders.
//!
//! A field is a password field again before it is posted and before its page is left: a browser may remember
//! what a text field held, and shows it again when it restores the page.

use leptos::{
    ev,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlInputElement, MouseEvent},
};

use crate::i18n::{tr, use_locale};

/// The button of the field with this id.
#[component]
pub(crate) fn Peek(field: &'static str) -> impl IntoView {
    let locale = use_locale();
    view! {
        <button
            class="peek"
            type="button"
            aria-controls=field
            aria-label=tr!(locale, fields.show_password)
            data-other-label=tr!(locale, fields.hide_password)
            data-other-words=tr!(locale, fields.hide)
        >
            {tr!(locale, fields.show)}
        </button>
    }
}

/// The button of a field that is shown as text.
const SHOWN: &str = "input[type=text] ~ .peek";

/// Makes the buttons work, and shows them.
pub(crate) fn listen_to_peeks() {
    Effect::new(|_| {
        window_event_listener(ev::click, |event| _ = peek(&event));
        window_event_listener(ev::submit, |_| hide_all());
        window_event_listener_untyped("pagehide", |_| hide_all());
        let page = document().document_element();
        page.map(|page| page.set_attribute("data-scripts", ""))
    });
}

fn peek(event: &MouseEvent) -> Option<()> {
    let clicked = event.target()?.dyn_into::<Element>().ok()?;
    toggle(&clicked.closest(".peek").ok()??)
}

fn hide_all() {
    while document().query_selector(SHOWN).ok().flatten().is_some_and(|it| toggle(&it).is_some()) {}
}

fn toggle(button: &Element) -> Option<()> {
    let field = document().get_element_by_id(&button.get_attribute("aria-controls")?)?;
    let field = field.dyn_into::<HtmlInputElement>().ok()?;
    field.set_type(if field.type_() == "password" { "text" } else { "password" });

    let [label, other_label] = ["aria-label", "data-other-label"];
    let (now, then) = (button.get_attribute(other_label)?, button.get_attribute(label)?);
    button.set_attribute(label, &now).ok()?;
    button.set_attribute(other_label, &then).ok()?;
    let (now, then) = (button.get_attribute("data-other-words")?, button.text_content()?);
    button.set_text_content(Some(&now));
    button.set_attribute("data-other-words", &then).ok()
}
