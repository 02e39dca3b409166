//! What the member has typed and not posted. When the page has to be left because the session is over, it is posted
//! plainly, for the server to keep instead of carrying it out; after the log-in the form comes back with it. In another
//! language it comes back at once.

use std::cell::RefCell;

use contract::paths::{KEEP, LOCALE, NEXT};
use wasm_bindgen::JsCast;
use web_sys::{HtmlFormElement, HtmlInputElement};

use super::{browser::encoded_here, dom, forms};

const SECRETS: &str =
    "input[type=password], input[autocomplete$=password], input[autocomplete=one-time-code]";

/// The form that was typed into last.
#[derive(Default)]
pub(super) struct Draft {
    form: RefCell<Option<HtmlFormElement>>,
}

impl Draft {
    pub(super) fn note(&self, form: HtmlFormElement) {
        if forms::function_of(&form).is_some() {
            *self.form.borrow_mut() = Some(form);
        }
    }

    pub(super) fn forget(&self) {
        self.form.borrow_mut().take();
    }

    pub(super) fn is_there(&self) -> bool {
        self.form.borrow().as_ref().is_some_and(|form| form.is_connected())
    }

    /// Leaves the page by posting the draft, to be kept for `member`. Returns whether it is being posted.
    pub(super) fn keep_for(&self, member: &str) -> bool {
        self.post(&[KEEP, "=", member].concat())
    }

    /// Leaves the page by posting the draft, to be shown in another language.
    pub(super) fn show_in(&self, language: &str) {
        self.post(&[LOCALE, "=", language, "&", NEXT, "=", &encoded_here()].concat());
    }

    fn post(&self, query: &str) -> bool {
        let Some(form) = self.form.borrow_mut().take() else { return false };
        let Some(action) = form.get_attribute("action") else { return false };
        // The server would not keep them, so they need not travel.
        dom::each_in(&form, SECRETS, |secret| {
            if let Some(input) = secret.dyn_ref::<HtmlInputElement>() {
                input.set_value("");
            }
        });
        let separator = if action.contains('?') { "&" } else { "?" };
        _ = form.set_attribute("action", &[&action, separator, query].concat());
        // Not as the member's own submit: no listener sees this one.
        let is_posted = form.submit().is_ok();
        _ = form.set_attribute("action", &action);
        is_posted
    }
}
