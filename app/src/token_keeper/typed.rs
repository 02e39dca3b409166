//! What the member has typed and not posted yet. When the page has to be left because the session is over, it
//! is posted plainly, for the server to keep and not to carry out; after the log-in the form comes back with it. So
//! it does, at once, in another language.

use std::cell::RefCell;

use leptos::prelude::window;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlFormElement, HtmlInputElement, SubmitEvent};

const FUNCTIONS: &str = "/api/";
const SECRETS: &str =
    "input[type=password], input[autocomplete$=password], input[autocomplete=one-time-code]";

/// The form that was typed into last.
#[derive(Default)]
pub(super) struct Typed {
    form: RefCell<Option<HtmlFormElement>>,
}

impl Typed {
    /// Somebody typed, or submits what was typed before the scripts came.
    pub(super) fn note(&self, event: &Event) {
        if let Some(form) = form_of(event) {
            *self.form.borrow_mut() = Some(form);
        }
    }

    /// Everything that was typed has been taken.
    pub(super) fn forget(&self) {
        self.form.borrow_mut().take();
    }

    /// Leaves the page by posting what was typed, to be kept for `member`. `false`: there is nothing.
    pub(super) fn keep_for(&self, member: &str) -> bool {
        !member.is_empty() && self.set_aside(&format!("keep={member}"))
    }

    /// If the form that is submitted chooses a language, posts what was typed in its place, to be shown in that
    /// language. `false`: it does not, or there is nothing.
    pub(super) fn show_in_language_chosen_by(&self, event: &Event) -> bool {
        let Some(locale) = language_chosen_by(event) else { return false };
        let location = window().location();
        let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
        let here = String::from(js_sys::encode_uri_component(&here));
        self.set_aside(&format!("locale={locale}&next={here}"))
    }

    fn set_aside(&self, wish: &str) -> bool {
        let Some(form) = self.form.borrow_mut().take().filter(|form| form.is_connected()) else {
            return false;
        };
        let action = form.action();
        if !action.contains(FUNCTIONS) {
            return false;
        }
        // The server would not keep them; they need not even travel.
        if let Ok(secrets) = form.query_selector_all(SECRETS) {
            for at in 0..secrets.length() {
                if let Some(input) =
                    secrets.get(at).and_then(|it| it.dyn_into::<HtmlInputElement>().ok())
                {
                    input.set_value("");
                }
            }
        }
        form.set_action(&format!("{action}?{wish}"));
        // Not as the member's own submit: nobody listens to this one.
        let is_posted = form.submit().is_ok();
        form.set_action(&action);
        is_posted
    }
}

/// What the pressed button of the language form stands for.
fn language_chosen_by(event: &Event) -> Option<String> {
    let button = event.dyn_ref::<SubmitEvent>()?.submitter()?;
    let is_locale = button.get_attribute("name")? == "locale";
    is_locale.then(|| button.get_attribute("value")).flatten()
}

/// The form that an event is about.
pub(super) fn form_of(event: &Event) -> Option<HtmlFormElement> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    target.closest("form").ok()??.dyn_into().ok()
}
