//! The submitted forms of a page, and the draft: the form with input that was not posted. When the page has to be left
//! because the session is over, the draft is posted plainly for the server to keep rather than carry out, and the form
//! comes back with it after the log-in. After a change of language it comes back at once.

use std::cell::{Cell, RefCell};

use contract::{
    SessionEffect,
    attributes::SESSION_EFFECT,
    paths::{KEEP, LOCALE, NEXT, PROBLEM},
};
use js_sys::{JSON, encode_uri_component};
use keeper::{FormId, FormKind, Submission, is_function, with_query};
use web_sys::{FormData, HtmlElement, HtmlFormElement, SubmitEvent, UrlSearchParams};

use super::{browser::encoded_here, post::Answer};
use crate::{dom, islands::live_form};

const SECRETS: &str =
    "input[type=password], input[autocomplete$=password], input[autocomplete=one-time-code]";

/// The forms of one page.
#[derive(Default)]
pub(super) struct Forms {
    /// Indexed by [`FormId`].
    forms: RefCell<Vec<Form>>,
    draft: Cell<Option<FormId>>,
}

/// A form that is posted to a function.
#[derive(Clone)]
pub(super) struct Form {
    pub(super) element: HtmlFormElement,
    pub(super) action: String,
    /// The button that was pressed last.
    submitter: Option<HtmlElement>,
    /// The body that a live form posts.
    pub(super) body: String,
    /// The answer to a live form.
    pub(super) answer: Option<Answer>,
}

impl Forms {
    pub(super) fn get(&self, form: FormId) -> Form {
        self.forms.borrow()[form.0].clone()
    }

    pub(super) fn note_answer(&self, form: FormId, answer: Answer) {
        self.forms.borrow_mut()[form.0].answer = Some(answer);
    }

    /// Records a submit with everything needed to post it. Returns `None` for a form that is not posted to a function
    /// or cannot be read; the browser then posts it.
    pub(super) fn submit(&self, form: &HtmlFormElement, event: &SubmitEvent) -> Option<Submission> {
        let id = self.id_of(form)?;
        let submitter = event.submitter();
        let body = encode(form, submitter.as_ref())?;
        let effect = form.get_attribute(SESSION_EFFECT);
        let effect = effect.and_then(|it| SessionEffect::from_name(&it));
        let noted = &mut self.forms.borrow_mut()[id.0];
        (noted.submitter, noted.body) = (submitter, body);
        let kind = if live_form::is_live(form) {
            // The input may be older than the scripts.
            self.draft.set(Some(id));
            FormKind::Live
        } else if noted.language().is_some() {
            FormKind::Language
        } else {
            FormKind::Plain
        };
        Some(Submission { form: id, kind, effect: effect.unwrap_or(SessionEffect::None) })
    }

    /// Records that a form was typed into.
    pub(super) fn note_draft(&self, form: &HtmlFormElement) {
        if let Some(form) = self.id_of(form) {
            self.draft.set(Some(form));
        }
    }

    pub(super) fn forget_draft(&self) {
        self.draft.set(None);
    }

    pub(super) fn has_draft(&self) -> bool {
        self.draft.get().is_some_and(|form| self.get(form).element.is_connected())
    }

    /// Leaves the page by posting the draft, which the server keeps for `member`. Returns whether it was posted.
    pub(super) fn keep_draft_for(&self, member: &str) -> bool {
        let draft = self.draft.take().map(|form| self.get(form));
        draft.is_some_and(|draft| draft.set_aside(&[KEEP, "=", member].concat()))
    }

    /// Leaves the page by posting the draft, which the server shows again in another language, with its problem.
    pub(super) fn show_draft_in_language_of(&self, button: FormId) {
        let Some(draft) = self.draft.take().map(|form| self.get(form)) else { return };
        let language = self.get(button).language().unwrap_or_default();
        let mut query = [LOCALE, "=", &language, "&", NEXT, "=", &encoded_here()].concat();
        if let Some(problem) = draft.encoded_problem() {
            query = [&query, "&", PROBLEM, "=", &problem].concat();
        }
        draft.set_aside(&query);
    }

    /// The id of a form that is posted to a function. Only the end of its address is read, because a proxy may have
    /// rewritten the rest.
    fn id_of(&self, form: &HtmlFormElement) -> Option<FormId> {
        let mut forms = self.forms.borrow_mut();
        if let Some(at) = forms.iter().position(|it| it.element == *form) {
            return Some(FormId(at));
        }
        let action = form.get_attribute("action").filter(|action| is_function(action))?;
        let (element, body) = (form.clone(), String::new());
        forms.push(Form { element, action, submitter: None, body, answer: None });
        Some(FormId(forms.len() - 1))
    }
}

impl Form {
    /// The path in the answer.
    pub(super) fn next_page(&self) -> Option<String> {
        self.answer.as_ref()?.text("to")
    }

    /// Submits the form once more, with the button that was pressed.
    pub(super) fn submit_again(&self) {
        _ = match &self.submitter {
            Some(submitter) => self.element.request_submit_with_submitter(Some(submitter)),
            None => self.element.request_submit(),
        };
    }

    /// The language that the pressed button stands for.
    fn language(&self) -> Option<String> {
        let button = self.submitter.as_ref()?;
        let is_language = button.get_attribute("name")? == LOCALE;
        is_language.then(|| button.get_attribute("value")).flatten()
    }

    /// The problem in the last answer, encoded for a query.
    fn encoded_problem(&self) -> Option<String> {
        let answer = self.answer.as_ref().filter(|answer| answer.refusal.is_some())?;
        let problem = JSON::stringify(&answer.json).ok()?.as_string()?;
        Some(encode_uri_component(&problem).into())
    }

    /// Posts the form with a query that tells the server not to carry it out. Returns whether it was posted.
    fn set_aside(&self, query: &str) -> bool {
        // The server does not keep secrets, so they are not sent.
        dom::empty_inputs(&self.element, SECRETS);
        _ = self.element.set_attribute("action", &with_query(&self.action, query));
        // `submit()` fires no submit event, so no listener handles this as the member's own.
        let is_posted = self.element.submit().is_ok();
        _ = self.element.set_attribute("action", &self.action);
        is_posted
    }
}

/// The body that a form would post.
fn encode(form: &HtmlFormElement, submitter: Option<&HtmlElement>) -> Option<String> {
    let data = FormData::new_with_form(form).ok()?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    if let Some(button) = submitter
        && let Some(name) = button.get_attribute("name")
    {
        fields.append(&name, &button.get_attribute("value").unwrap_or_default());
    }
    fields.to_string().as_string()
}
