//! The forms of a page that have been submitted or are live.

use std::cell::RefCell;

use contract::{SessionEffect, attributes::SESSION_EFFECT, paths::FUNCTIONS};
use keeper::{FormId, FormKind, Refusal, Submission};
use web_sys::{Element, FormData, HtmlElement, HtmlFormElement, SubmitEvent, UrlSearchParams};

use super::{
    post::Answer,
    problem::{self, Place},
};

/// The forms of one page, by [`FormId`].
#[derive(Default)]
pub(super) struct Forms(RefCell<Vec<Form>>);

/// A form.
struct Form {
    element: HtmlFormElement,
    /// The island around a live form.
    island: Option<Element>,
    /// The button that was pressed last.
    submitter: Option<HtmlElement>,
    /// The body that a live form posts.
    body: String,
    /// The answer to a live form.
    answer: Option<Answer>,
}

/// The name of the function that a form posts to. Of its address only the end is read: a proxy may have rewritten it.
pub(super) fn function_of(form: &HtmlFormElement) -> Option<String> {
    let action = form.get_attribute("action")?;
    let path = action.split(['?', '#']).next()?;
    let (_, function) = path.rsplit_once(FUNCTIONS)?;
    (!function.is_empty()).then(|| function.to_owned())
}

impl Forms {
    pub(super) fn add_live(&self, form: &HtmlFormElement, island: &Element) {
        self.with_id(form, |it| it.island = Some(island.clone()));
    }

    /// Notes a submit with all that is needed to carry it out. Returns nothing for a form that is not posted to a
    /// function, or that cannot be read: the browser posts it.
    pub(super) fn submit(&self, form: &HtmlFormElement, event: &SubmitEvent) -> Option<Submission> {
        function_of(form)?;
        let submitter = event.submitter();
        let effect = form.get_attribute(SESSION_EFFECT);
        let effect = effect.and_then(|it| SessionEffect::from_name(&it));
        let chosen = submitter.as_ref().and_then(language_chosen_by);
        let body = encode(form, submitter.as_ref());
        let (id, is_live) = self.with_id(form, |it| {
            it.submitter = submitter;
            it.body = body.clone().unwrap_or_default();
            it.island.is_some()
        });
        let kind = match is_live {
            true => body.map(|_| FormKind::Live)?,
            false if chosen.is_some() => FormKind::Language,
            false => FormKind::Plain,
        };
        Some(Submission { form: id, kind, effect: effect.unwrap_or(SessionEffect::None) })
    }

    /// Address and body of a live form.
    pub(super) fn post_of(&self, form: FormId) -> Option<(String, String)> {
        let forms = self.0.borrow();
        let form = forms.get(form.0)?;
        Some((form.element.get_attribute("action")?, form.body.clone()))
    }

    pub(super) fn note_answer(&self, form: FormId, answer: Answer) {
        if let Some(form) = self.0.borrow_mut().get_mut(form.0) {
            form.answer = Some(answer);
        }
    }

    /// The path that the answer to a form names.
    pub(super) fn next_page(&self, form: FormId) -> Option<String> {
        self.0.borrow().get(form.0)?.answer.as_ref()?.text("to")
    }

    /// The language that the pressed button of a form stands for.
    pub(super) fn language(&self, form: FormId) -> Option<String> {
        language_chosen_by(self.0.borrow().get(form.0)?.submitter.as_ref()?)
    }

    pub(super) fn submit_again(&self, form: FormId) {
        let Some((form, submitter)) = self.clone_of(form) else { return };
        _ = match submitter {
            Some(submitter) => form.request_submit_with_submitter(Some(&submitter)),
            None => form.request_submit(),
        };
    }

    pub(super) fn show_busy(&self, form: FormId) {
        self.at(form, |form| {
            problem::clear(&form.place());
            problem::set_busy(&form.place(), true);
        });
    }

    pub(super) fn show_idle(&self) {
        for form in self.0.borrow().iter().filter(|form| form.island.is_some()) {
            problem::set_busy(&form.place(), false);
        }
    }

    pub(super) fn show_refusal(&self, form: FormId, refusal: Refusal) {
        self.at(form, |form| {
            problem::set_busy(&form.place(), false);
            // A refresh may be what was refused: then the form's own answer is beside the point.
            let answer = form.answer.as_ref().filter(|it| it.refusal == Some(refusal));
            problem::show(&form.place(), refusal, answer);
        });
    }

    fn at(&self, form: FormId, act: impl FnOnce(&Form)) {
        if let Some(form) = self.0.borrow().get(form.0) {
            act(form);
        }
    }

    fn clone_of(&self, form: FormId) -> Option<(HtmlFormElement, Option<HtmlElement>)> {
        let forms = self.0.borrow();
        let form = forms.get(form.0)?;
        Some((form.element.clone(), form.submitter.clone()))
    }

    fn with_id<T>(
        &self,
        element: &HtmlFormElement,
        act: impl FnOnce(&mut Form) -> T,
    ) -> (FormId, T) {
        let mut forms = self.0.borrow_mut();
        let at = forms.iter().position(|form| form.element == *element).unwrap_or_else(|| {
            let element = element.clone();
            let body = String::new();
            forms.push(Form { element, island: None, submitter: None, body, answer: None });
            forms.len() - 1
        });
        (FormId(at), act(&mut forms[at]))
    }
}

impl Form {
    fn place(&self) -> Place<'_> {
        Place { form: &self.element, island: self.island.as_ref().unwrap_or(&self.element) }
    }
}

/// The body that a form would post.
fn encode(form: &HtmlFormElement, submitter: Option<&HtmlElement>) -> Option<String> {
    let data = FormData::new_with_form(form).ok()?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    if let Some(submitter) = submitter
        && let Some(name) = submitter.get_attribute("name")
    {
        fields.append(&name, &submitter.get_attribute("value").unwrap_or_default());
    }
    fields.to_string().as_string()
}

fn language_chosen_by(button: &HtmlElement) -> Option<String> {
    let is_language = button.get_attribute("name")? == contract::paths::LOCALE;
    is_language.then(|| button.get_attribute("value")).flatten()
}
