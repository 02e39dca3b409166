//! A form that is posted without leaving the page. It shows that a post is under way, and why one was refused, in the
//! server's words. The children are a `<p role="alert" hidden>` for problems of the form as a whole, then the form;
//! each field has a hidden `<p class="problem" id="NAME-problem">`, which is an alert, too, if nobody sees the field.

use contract::{
    Reason,
    attributes::{OFFLINE_WORDS, PAGE_NOTICE, PENDING_WORDS, UNAVAILABLE_WORDS},
};
use js_sys::{Array, Object};
use keeper::Refusal;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::attached::Attached;
use crate::{dom, shell::Answer};

/// Set on a form that the scripts post.
const LIVE: &str = "data-live";
const BUTTON: &str = "button[type=submit]";
const PASSWORDS: &str = "input[type=password], input[autocomplete$=password]";
const INVALID: &str = "[aria-invalid=true]";

/// Has the scripts post the child form. Until they run, the browser posts it plainly.
#[island]
pub fn LiveForm(children: Children) -> impl IntoView {
    Attached::new(children, |island| {
        if let Some(form) = dom::find::<Element>(island, "form") {
            _ = form.set_attribute(LIVE, "");
        }
    })
}

pub(crate) fn is_live(form: &Element) -> bool {
    form.has_attribute(LIVE)
}

/// Marks the button as busy until the response arrives. Hides earlier notices and problems, so that a screen reader
/// announces a problem that recurs.
pub(crate) fn show_busy(form: &Element) {
    if let Some(done) = document().get_element_by_id(PAGE_NOTICE) {
        done.set_text_content(None);
    }
    if let Some(notice) = notice_of(form) {
        dom::show_words(&notice, None);
    }
    dom::each_in(form, ".problem", |problem| dom::show_words(problem, None));
    dom::each_in(form, INVALID, |field| _ = field.set_attribute("aria-invalid", "false"));
    set_busy(form, true);
}

/// Makes all live forms usable again.
pub(crate) fn show_idle() {
    dom::each(&["[", LIVE, "]"].concat(), |form| set_busy(form, false));
}

/// Shows the reason for a refusal, beside the fields and above the form, and moves the focus to the first field to
/// correct. Without one, the button keeps the focus, and the reason is scrolled into view.
pub(crate) fn show_refusal(form: &Element, refusal: Refusal, answer: Option<&Answer>) {
    set_busy(form, false);
    // If a refresh was refused, the form's own answer does not apply.
    let answer = answer.filter(|answer| answer.refusal == Some(refusal));
    let mut detail = answer.and_then(|answer| answer.text("detail"));
    let mut is_said = false;
    for (field, words) in answer.map(messages_of).unwrap_or_default() {
        let control = ["[name=\"", &field, "\"]:not([type=hidden])"].concat();
        if let Some(control) = dom::find::<Element>(form, &control) {
            _ = control.set_attribute("aria-invalid", "true");
        }
        match dom::find(form, &["#", &field, "-problem"].concat()) {
            Some(problem) => {
                dom::show_words(&problem, Some(&words));
                is_said = true;
            }
            None => detail = detail.or(Some(words)),
        }
    }
    if let Some(notice) = notice_of(form) {
        let is_offline = refusal.reason == Some(Reason::Offline);
        let otherwise = if is_offline { OFFLINE_WORDS } else { UNAVAILABLE_WORDS };
        let words = detail.or_else(|| notice.get_attribute(otherwise).filter(|_| !is_said));
        dom::show_words(&notice, words.as_deref());
    }
    // A limit, or a failure of the network or the server, says nothing about the password, which is kept for the retry.
    if !refusal.is_passing() {
        dom::empty_inputs(form, PASSWORDS);
    }
    let field = dom::find::<HtmlElement>(form, INVALID);
    let emptied = || dom::find(form, PASSWORDS).filter(|_| !refusal.is_passing());
    if let Some(field) = field.or_else(emptied) {
        _ = field.focus();
    } else if let Some(alert) = find_in_island(form, "[role=alert]:not([hidden])") {
        _ = dom::scroll_to(&alert);
    }
}

fn notice_of(form: &Element) -> Option<Element> {
    find_in_island(form, "[role=alert]")
}

fn find_in_island(form: &Element, selector: &str) -> Option<Element> {
    dom::find(&form.closest("leptos-island").ok()??, selector)
}

/// Sets the button's busy state without disabling it, so that it keeps the focus.
fn set_busy(form: &Element, is_busy: bool) {
    let button = dom::find::<Element>(form, BUTTON);
    let Some(button) = button.filter(|it| it.has_attribute("aria-busy") != is_busy) else { return };
    dom::swap_words(&button, PENDING_WORDS);
    for name in ["aria-busy", "aria-disabled"] {
        _ = match is_busy {
            true => button.set_attribute(name, "true"),
            false => button.remove_attribute(name),
        };
    }
}

/// The problem of each field, in words.
fn messages_of(answer: &Answer) -> Vec<(String, String)> {
    let messages = answer.member("messages");
    let Some(messages) = messages.dyn_ref::<Object>() else { return Vec::new() };
    let entry = |it| {
        let pair = Array::from(&it);
        Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
    };
    Object::entries(messages).into_iter().filter_map(entry).collect()
}
