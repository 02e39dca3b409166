//! Forms, each posted to its function. A refused form shows again what was typed, and says what was wrong.

use contract::{Reason, SessionEffect, attributes};
use frontend::LiveForm;
use leptos::{attr::custom::custom_attribute, context::Provider, prelude::*};

use crate::{
    http::{forms::Form, set_aside::PAGE_MEMBER},
    i18n::{tr, use_locale},
    page_context::{RefusedForm, Viewer, use_page},
    words::form_words,
};

/// The form as it was refused, if it was, for the fields in it.
#[derive(Clone)]
pub(crate) struct FormState(Option<RefusedForm>);

impl FormState {
    /// The typed value of a field, or else `otherwise`.
    pub(crate) fn value(&self, field: &str, otherwise: &str) -> String {
        let mut values = self.0.iter().flat_map(|form| &form.values);
        let typed = values.find(|(name, _)| name == field).map(|(_, value)| value.as_str());
        typed.unwrap_or(otherwise).to_owned()
    }

    /// The problem of a field.
    pub(crate) fn problem_of(&self, field: &str) -> Option<contract::FieldProblem> {
        self.0.as_ref()?.problem.errors.get(field).copied()
    }

    /// Returns whether the form was kept before it was submitted, or its member had to log in for it.
    fn is_unsent(&self) -> bool {
        self.0.as_ref().is_some_and(|form| form.problem.is_signed_out())
    }

    /// Returns whether address or password is wrong, which no field says.
    pub(crate) fn has_bad_credentials(&self) -> bool {
        self.0.as_ref().is_some_and(|form| form.problem.reason == Reason::BadCredentials)
    }
}

/// The state of the form that is being rendered.
pub(crate) fn use_form() -> FormState {
    expect_context()
}

/// A form with fields. Scripts post it without leaving the page, and show in place what is wrong. Without scripts the
/// browser posts it, and a refused form comes back in its page. Its notice then has the focus, because screen readers do
/// not announce what is there when a page loads, unless a field has it.
#[component]
pub(crate) fn ServerForm(
    form: &'static Form,
    #[prop(default = "form")] class: &'static str,
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    let refused = use_page().flash.form.clone().filter(|it| it.function == form.function);
    let words = refused.as_ref().and_then(|it| form_words(locale, &it.problem));
    let is_hidden = words.is_none();
    let state = FormState(refused);
    let has_focus = !is_hidden && !state.has_bad_credentials();
    let is_unsent = state.is_unsent();
    view! {
        <LiveForm>
            <p
                class="notice wrong"
                role="alert"
                tabindex="-1"
                autofocus={has_focus}
                hidden={is_hidden}
                {..custom_attribute(attributes::OFFLINE_WORDS, tr!(locale, problems.unreachable))}
                {..custom_attribute(
                    attributes::UNAVAILABLE_WORDS,
                    tr!(locale, problems.store_unavailable),
                )}
            >
                {words}
            </p>
            {is_unsent.then(|| view! {
                <p class="notice" tabindex="-1" autofocus>{tr!(locale, problems.unsent)}</p>
            })}
            <form class=class method="post" action=form.action() novalidate {..effect_of(form)}>
                {page_member(form)}
                <Provider value=state>{children()}</Provider>
            </form>
        </LiveForm>
    }
}

/// A form of buttons alone. The answer is another page.
#[component]
pub(crate) fn PlainForm(
    form: &'static Form,
    #[prop(optional)] class: Option<&'static str>,
    #[prop(optional)] label: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <form class=class method="post" action=form.action() aria-label={label} {..effect_of(form)}>
            {page_member(form)}
            {children()}
        </form>
    }
}

/// Names the member that a form was rendered for: by the time that it is posted, another one may have logged in.
fn page_member(form: &Form) -> Option<impl IntoView + use<>> {
    let page = use_page();
    let Viewer::Member(member) = &page.viewer else { return None };
    let id = member.member_id.clone();
    form.is_for_members().then(|| view! { <input type="hidden" name=PAGE_MEMBER value=id/> })
}

fn effect_of(form: &Form) -> impl leptos::attr::Attribute + use<> {
    let effect = Some(form.session).filter(|effect| *effect != SessionEffect::None);
    custom_attribute(attributes::SESSION_EFFECT, effect.map(SessionEffect::as_str))
}

/// The button that posts. While the answer is awaited it keeps the focus and says so.
#[component]
pub(crate) fn SubmitButton(
    words: &'static str,
    #[prop(default = "button")] class: &'static str,
    #[prop(optional)] described_by: Option<&'static str>,
) -> impl IntoView {
    view! {
        <button
            class=class
            type="submit"
            aria-describedby={described_by}
            {..custom_attribute(attributes::PENDING_WORDS, tr!(use_locale(), fields.one_moment))}
        >
            {words}
        </button>
    }
}
