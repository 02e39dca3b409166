//! What the member has typed and not posted yet. When the page has to be left because the session is over, it
//! is posted plainly, for the server to keep and not to carry out; after the log-in the form comes back with it.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlFormElement, HtmlInputElement};

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
        let Some(form) = self.form.borrow_mut().take().filter(|form| form.is_connected()) else {
            return false;
        };
        let action = form.action();
        if member.is_empty() || !action.contains(FUNCTIONS) {
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
        form.set_action(&format!("{action}?keep={member}"));
        // Not as the member's own submit: nobody listens to this one.
        let is_posted = form.submit().is_ok();
        form.set_action(&action);
        is_posted
    }
}

/// The form that an event is about.
pub(super) fn form_of(event: &Event) -> Option<HtmlFormElement> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    target.closest("form").ok()??.dyn_into().ok()
}
