//! A form's fields: label, hint, control and problem, tied together for assistive technology.

use contract::attributes;
use frontend::ShowPasswordButton;
use leptos::{attr::custom::custom_attribute, prelude::*};

use crate::{
    components::form::use_form,
    i18n::{tr, use_locale},
    page_context::use_page,
    words::field_words,
};

/// State of a field for its control.
#[derive(Clone, Copy)]
pub(crate) struct FieldState {
    /// True if the field has a problem; it then gets the focus when the page loads
    pub(crate) is_invalid: bool,
}

impl FieldState {
    /// The state of the field with this name in the form that is being rendered.
    pub(crate) fn of(name: &str) -> Self {
        Self { is_invalid: use_form().problem_of(name).is_some() }
    }

    /// `aria-invalid`
    pub(crate) fn invalid(self) -> &'static str {
        if self.is_invalid { "true" } else { "false" }
    }
}

/// Returns the ids of the elements that describe the control with this name. An empty problem describes nothing.
pub(crate) fn described_by(name: &str, hint: &str) -> String {
    if hint.is_empty() { format!("{name}-problem") } else { format!("{name}-hint {name}-problem") }
}

/// A field around its control, whose id is its name.
#[component]
pub(crate) fn Field(
    name: &'static str,
    label: &'static str,
    #[prop(optional, into)] hint: String,
    #[prop(optional)] is_optional: bool,
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    let problem = problem_words(name);
    let is_hidden = problem.is_none();
    view! {
        <div class="field">
            <label for=name>
                {label}
                {is_optional.then(|| view! {
                    " " <span class="optional">{tr!(locale, fields.optional)}</span>
                })}
            </label>
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=format!("{name}-hint")>{hint}</p> })}
            {children()}
            <p class="problem" id=format!("{name}-problem") hidden=is_hidden>{problem}</p>
        </div>
    }
}

/// A field that nobody sees, with its problem, which screen readers announce by itself.
#[component]
pub(crate) fn HiddenField(name: &'static str, value: String) -> impl IntoView {
    let problem = problem_words(name);
    let is_hidden = problem.is_none();
    view! {
        <input type="hidden" name=name value=value/>
        <p
            class="problem"
            id=format!("{name}-problem")
            role="alert"
            tabindex="-1"
            autofocus={!is_hidden}
            hidden=is_hidden
        >
            {problem}
        </p>
    }
}

/// The problem of the field with this name. Its element is always there, for scripts to fill.
fn problem_words(name: &str) -> Option<String> {
    let password_min = use_page().password_min;
    use_form().problem_of(name).map(|it| field_words(use_locale(), name, it, password_min))
}

/// A field of one line; `kind` is the element's `type`, `autocomplete` what a browser may fill in (HTML, autofill field
/// names).
#[component]
pub(crate) fn TextField(
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] value: String,
    #[prop(optional)] is_optional: bool,
) -> impl IntoView {
    let state = FieldState::of(name);
    let described_by = described_by(name, &hint);
    view! {
        <Field name label hint is_optional>
            <input
                id=name
                name=name
                type=kind
                value=use_form().value(name, &value)
                autocomplete=autocomplete
                required=!is_optional
                aria-invalid=state.invalid()
                aria-describedby={described_by}
                autofocus=state.is_invalid
            />
        </Field>
    }
}

/// A password field. Its value is never sent back. Scripts offer to show what is typed, which must then be neither
/// corrected nor sent to a spell checker.
#[component]
pub(crate) fn PasswordField(
    autocomplete: &'static str,
    #[prop(default = "password")] name: &'static str,
    #[prop(optional)] label: Option<&'static str>,
    #[prop(optional, into)] hint: String,
) -> impl IntoView {
    let locale = use_locale();
    let state = FieldState::of(name);
    let label = label.unwrap_or(tr!(locale, fields.password.label));
    let described_by = described_by(name, &hint);
    view! {
        <Field name label hint>
            <div class="peekable">
                <input
                    id=name
                    name=name
                    type="password"
                    autocomplete=autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    required
                    aria-invalid=state.invalid()
                    aria-describedby={described_by}
                    autofocus=state.is_invalid || use_form().has_bad_credentials()
                    {..custom_attribute("autocorrect", "off")}
                />
                <ShowPasswordButton>
                    <button
                        class="peek"
                        type="button"
                        aria-controls=name
                        aria-label=tr!(locale, fields.show_password)
                        {..custom_attribute(
                            attributes::OTHER_LABEL,
                            tr!(locale, fields.hide_password),
                        )}
                        {..custom_attribute(attributes::OTHER_WORDS, tr!(locale, fields.hide))}
                    >
                        {tr!(locale, fields.show)}
                    </button>
                </ShowPasswordButton>
            </div>
        </Field>
    }
}

/// The address that a password belongs to, for password managers. It has no name, so it is not posted.
#[component]
pub(crate) fn PasswordOwner(email: String) -> impl IntoView {
    view! { <input type="text" autocomplete="username" value=email hidden/> }
}
