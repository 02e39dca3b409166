//! The forms of a page that have been submitted, and the draft, which is the form that was typed into and not posted.
//! When the page has to be left because the session is over, the draft is posted plainly, for the server to keep instead
//! of carrying it out; after the log-in the form comes back with it. In another language it comes back at once.

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
    /// By [`FormId`].
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

    /// Notes a submit with all that is needed to carry it out. Returns nothing for a form that is not posted to a
    /// function, or that cannot be read: the browser posts it.
    pub(super) fn submit(&self, form: &HtmlFormElement, event: &SubmitEvent) -> Option<Submission> {
        let id = self.id_of(form)?;
        let submitter = event.submitter();
        let body = encode(form, submitter.as_ref())?;
        let effect = form.get_attribute(SESSION_EFFECT);
        let effect = effect.and_then(|it| SessionEffect::from_name(&it));
        let noted = &mut self.forms.borrow_mut()[id.0];
        (noted.submitter, noted.body) = (submitter, body);
        let kind = if live_form::is_live(form) {
            // It may have been typed before the scripts came.
            self.draft.set(Some(id));
            FormKind::Live
        } else if noted.language().is_some() {
            FormKind::Language
        } else {
            FormKind::Plain
        };
        Some(Submission { form: id, kind, effect: effect.unwrap_or(SessionEffect::None) })
    }

    /// Notes that a form was typed into.
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

    /// Leaves the page by posting the draft, to be kept for `member`. Returns whether it is being posted.
    pub(super) fn keep_draft_for(&self, member: &str) -> bool {
        let draft = self.draft.take().map(|form| self.get(form));
        draft.is_some_and(|draft| draft.set_aside(&[KEEP, "=", member].concat()))
    }

    /// Leaves the page by posting the draft, to be shown in another language, with what was wrong with it.
    pub(super) fn show_draft_in_language_of(&self, button: FormId) {
        let Some(draft) = self.draft.take().map(|form| self.get(form)) else { return };
        let language = self.get(button).language().unwrap_or_default();
        let mut query = [LOCALE, "=", &language, "&", NEXT, "=", &encoded_here()].concat();
        if let Some(problem) = draft.encoded_problem() {
            query = [&query, "&", PROBLEM, "=", &problem].concat();
        }
        draft.set_aside(&query);
    }

    /// The id of a form that is posted to a function. Of its address only the end is read: a proxy may have rewritten it.
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
    /// The path that the answer names.
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

    /// The last answer, if it was a problem.
    fn encoded_problem(&self) -> Option<String> {
        let answer = self.answer.as_ref().filter(|answer| answer.refusal.is_some())?;
        let problem = JSON::stringify(&answer.json).ok()?.as_string()?;
        Some(encode_uri_component(&problem).into())
    }

    /// Posts the form with a query by which the server carries nothing out. Returns whether it is being posted.
    fn set_aside(&self, query: &str) -> bool {
        // The server would not keep them, so they need not travel.
        dom::empty_inputs(&self.element, SECRETS);
        _ = self.element.set_attribute("action", &with_query(&self.action, query));
        // Not as the member's own submit: no listener sees this one.
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
