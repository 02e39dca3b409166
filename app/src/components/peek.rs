//! The button inside a password field that shows what is typed (NIST SP 800-63B §3.1.1.2). Without scripts it is
//! not there. One listener serves every such button, also those of pages that the server alone renders.

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

/// Makes the buttons work, and shows them.
pub(crate) fn listen_to_peeks() {
    Effect::new(|_| {
        window_event_listener(ev::click, |event| _ = peek(&event));
        let page = document().document_element();
        page.map(|page| page.set_attribute("data-scripts", ""))
    });
}

fn peek(event: &MouseEvent) -> Option<()> {
    let clicked = event.target()?.dyn_into::<Element>().ok()?;
    let button = clicked.closest(".peek").ok()??;
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
