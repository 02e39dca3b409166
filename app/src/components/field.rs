//! A form's fields: label, hint, control and problem, tied together for assistive technology.

use leptos::{prelude::*, tachys::html::attribute::custom::custom_attribute};

use crate::{
    components::{form::FormState, message::Message, peek::Peek},
    i18n::{Locale, tr, use_locale},
    page_state::use_page_state,
};

/// What a one-line field is.
#[derive(Clone, Copy)]
pub(crate) struct Input {
    /// The field's name, and its element's id
    pub(crate) name: &'static str,
    /// The label
    pub(crate) label: &'static str,
    /// The element's `type`
    pub(crate) kind: &'static str,
    /// What a browser may fill in (HTML, autofill field names)
    pub(crate) autocomplete: &'static str,
}

/// A field of one line.
#[component]
pub(crate) fn TextField(
    form: FormState,
    input: Input,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(optional)] value: Option<String>,
) -> impl IntoView {
    let Input { name, label, kind, autocomplete } = input;
    let problem = form.problem_of(name);
    let described_by = described_by(name, hint.is_some(), problem);
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <Hint name hint/>
            <input
                id=name
                name=name
                type=kind
                value=form.value(name, value.as_deref().unwrap_or_default())
                autocomplete=autocomplete
                required
                aria-invalid=is_invalid(problem)
                aria-describedby=described_by
                autofocus=problem.get_untracked().is_some()
            />
            <FieldProblem name problem/>
        </div>
    }
}

/// A password field. Its value is never sent back; scripts offer to show what is typed. A field that is shown
/// must not be corrected, nor sent to a service that checks spelling.
#[component]
pub(crate) fn PasswordField(
    form: FormState,
    autocomplete: &'static str,
    #[prop(default = "password")] name: &'static str,
    #[prop(optional)] label: Option<&'static str>,
    #[prop(optional, into)] hint: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    let field_label = label.unwrap_or(tr!(locale, fields.password.label));
    let problem = form.problem_of(name);
    let described_by = described_by(name, hint.is_some(), problem);
    let wants_focus =
        problem.get_untracked().is_some() || untrack(|| form.is_refused_for("bad_credentials"));
    view! {
        <div class="field">
            <label for=name>{field_label}</label>
            <Hint name hint/>
            <div class="peekable">
                <input
                    id=name
                    name=name
                    type="password"
                    autocomplete=autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    required
                    aria-invalid=is_invalid(problem)
                    aria-describedby=described_by
                    autofocus={wants_focus}
                    {..custom_attribute("autocorrect", "off")}
                />
                <Peek field=name/>
            </div>
            <FieldProblem name problem/>
        </div>
    }
}

/// What is asked for, said beforehand.
#[component]
pub(crate) fn Hint(name: &'static str, hint: Option<String>) -> impl IntoView {
    hint.map(|hint| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })
}

/// What is wrong with a field.
#[component]
pub(crate) fn FieldProblem(name: &'static str, problem: Signal<Option<String>>) -> impl IntoView {
    let locale = use_locale();
    let words = move || problem.get().map(|code| words_for(locale, name, &code));
    view! { <Message class="problem" id=format!("{name}-problem") words=Signal::derive(words)/> }
}

/// The ids of what describes a field.
pub(crate) fn described_by(
    name: &'static str,
    has_hint: bool,
    problem: Signal<Option<String>>,
) -> Signal<Option<String>> {
    Signal::derive(move || match (has_hint, problem.with(Option::is_some)) {
        (true, true) => Some(format!("{name}-hint {name}-problem")),
        (true, false) => Some(format!("{name}-hint")),
        (false, true) => Some(format!("{name}-problem")),
        (false, false) => None,
    })
}

/// `aria-invalid` of a field.
pub(crate) fn is_invalid(problem: Signal<Option<String>>) -> Signal<&'static str> {
    Signal::derive(move || if problem.with(Option::is_some) { "true" } else { "false" })
}

fn words_for(locale: Locale, name: &str, code: &str) -> String {
    let count = use_page_state().with_value(|state| state.password_min);
    let kind = if name.ends_with("_password") { "password" } else { name };
    let words = match (kind, code) {
        ("email", "required") => tr!(locale, fields.email.required),
        ("email", "too_long") => tr!(locale, fields.email.too_long),
        ("email", "undeliverable") => tr!(locale, fields.email.undeliverable),
        ("email", _) => tr!(locale, fields.email.invalid),
        ("display_name", "required") => tr!(locale, fields.display_name.required),
        ("display_name", "too_long") => tr!(locale, fields.display_name.too_long),
        ("display_name", _) => tr!(locale, fields.display_name.forbidden_characters),
        ("password", "required") => tr!(locale, fields.password.required),
        ("password", "too_long") => tr!(locale, fields.password.too_long),
        ("password", "same_as_email") => tr!(locale, fields.password.same_as_email),
        ("password", "same_as_name") => tr!(locale, fields.password.same_as_name),
        ("password", "site_name") => tr!(locale, fields.password.site_name),
        ("password", "repeated") => tr!(locale, fields.password.repeated),
        ("password", "common") => tr!(locale, fields.password.common),
        ("password", "wrong") => tr!(locale, fields.password.wrong),
        ("password", "too_many_tries") => tr!(locale, fields.password.too_many_tries),
        ("password", _) => return tr!(locale, fields.password.too_short, count = count),
        ("code", "required") => tr!(locale, fields.code.required),
        ("code", "expired") => tr!(locale, fields.code.expired),
        ("code", "older_mail") => tr!(locale, fields.code.older_mail),
        ("code", "too_many_tries") => tr!(locale, fields.code.too_many_tries),
        ("code", _) => tr!(locale, fields.code.wrong),
        ("bio", "forbidden_characters") => tr!(locale, fields.display_name.forbidden_characters),
        ("bio", _) => tr!(locale, fields.bio.too_long),
        ("locale", _) => tr!(locale, fields.locale.unknown),
        _ => tr!(locale, problems.malformed),
    };
    words.to_owned()
}
