//! What a live form shows: that it is being posted, and why it was refused. All words are the server's.

use contract::{
    Reason,
    attributes::{OFFLINE_WORDS, PAGE_NOTICE, PENDING_WORDS, UNAVAILABLE_WORDS},
};
use js_sys::{Array, Object};
use keeper::Refusal;
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, HtmlFormElement, HtmlInputElement};

use super::{dom, post::Answer};

const BUTTON: &str = "button[type=submit]";
const PASSWORDS: &str = "input[type=password], input[autocomplete$=password]";
const INVALID: &str = "[aria-invalid=true]";
/// In a busy button: the words to go back to.
const IDLE_WORDS: &str = "data-idle-words";

/// A live form, and the island around it.
pub(super) struct Place<'a> {
    pub(super) form: &'a HtmlFormElement,
    pub(super) island: &'a Element,
}

/// Hides what was wrong before, so that a screen reader announces it if it is wrong again; and what went well before.
pub(super) fn clear(place: &Place) {
    if let Some(done) = document().get_element_by_id(PAGE_NOTICE) {
        done.set_text_content(None);
    }
    if let Some(notice) = notice_of(place) {
        dom::show_words(&notice, None);
    }
    dom::each_in(place.form, ".problem", |problem| dom::show_words(problem, None));
    dom::each_in(place.form, INVALID, |field| _ = field.set_attribute("aria-invalid", "false"));
}

/// Marks the button while the answer is awaited. It keeps the focus, so it is not disabled.
pub(super) fn set_busy(place: &Place, is_busy: bool) {
    let button = dom::find::<Element>(place.form, BUTTON);
    let Some(button) = button.filter(|it| it.has_attribute("aria-busy") != is_busy) else { return };
    let (words, kept) = match is_busy {
        true => (button.get_attribute(PENDING_WORDS), button.text_content()),
        false => (button.get_attribute(IDLE_WORDS), None),
    };
    for name in ["aria-busy", "aria-disabled"] {
        _ = match is_busy {
            true => button.set_attribute(name, "true"),
            false => button.remove_attribute(name),
        };
    }
    if words.is_some() {
        button.set_text_content(words.as_deref());
        _ = match kept {
            Some(kept) => button.set_attribute(IDLE_WORDS, &kept),
            None => button.remove_attribute(IDLE_WORDS),
        };
    }
}

/// Shows why a form was refused, beside the fields and above the form, and moves the focus to what has to be corrected.
pub(super) fn show(place: &Place, refusal: Refusal, answer: Option<&Answer>) {
    let mut detail = answer.and_then(|answer| answer.text("detail"));
    let mut is_said = detail.is_some();
    if let Some(answer) = answer {
        for (field, _) in entries(&answer.member("errors")) {
            is_said |= mark_invalid(place, &field);
        }
        for (field, words) in entries(&answer.member("messages")) {
            if !show_problem(place, &field, &words) {
                detail = detail.or(Some(words));
            }
        }
    }
    if let Some(notice) = notice_of(place) {
        if !is_said && detail.is_none() {
            detail = words_for(&notice, refusal);
        }
        if detail.is_some() {
            dom::show_words(&notice, detail.as_deref());
        }
    }
    // A network or server failure says nothing about the password, so it is kept for the retry.
    if !refusal.is_passing() {
        dom::each_in(place.form, PASSWORDS, |password| {
            if let Some(input) = password.dyn_ref::<HtmlInputElement>() {
                input.set_value("");
            }
        });
    }
    let field = dom::find::<HtmlElement>(place.form, INVALID);
    if let Some(field) = field.or_else(|| dom::find(place.form, PASSWORDS)) {
        _ = field.focus();
    }
}

fn notice_of(place: &Place) -> Option<Element> {
    dom::find(place.island, "[role=alert]")
}

/// The server's words for an answer that does not bring any.
fn words_for(notice: &Element, refusal: Refusal) -> Option<String> {
    let is_ours = refusal.reason != Some(Reason::Offline);
    let words = is_ours.then(|| notice.get_attribute(UNAVAILABLE_WORDS)).flatten();
    words.or_else(|| notice.get_attribute(OFFLINE_WORDS))
}

/// Returns whether the form has such a field.
fn mark_invalid(place: &Place, field: &str) -> bool {
    let control = dom::find::<Element>(place.form, &["[name=\"", field, "\"]"].concat());
    control.is_some_and(|control| control.set_attribute("aria-invalid", "true").is_ok())
}

/// Returns whether the field has a place for its problem.
fn show_problem(place: &Place, field: &str, words: &str) -> bool {
    let problem = document().get_element_by_id(&[field, "-problem"].concat());
    let problem = problem.filter(|it| place.form.contains(Some(it)));
    problem.inspect(|it| dom::show_words(it, Some(words))).is_some()
}

/// The members of an object whose values are texts.
fn entries(object: &JsValue) -> Vec<(String, String)> {
    let Some(object) = object.dyn_ref::<Object>() else { return Vec::new() };
    let entries = Object::entries(object).into_iter();
    let entry = |it: JsValue| {
        let pair: Array = it.dyn_into().ok()?;
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    };
    entries.filter_map(entry).collect()
}
