//! A form that posts to a server function: plainly without scripts, and once hydrated without leaving the
//! page. Either way the answer is the same: what was typed stays, problems stand beside their fields, and
//! the focus goes to the first of them.

use leptos::{ev::SubmitEvent, html, prelude::*, web_sys};

use crate::{
    api::{
        Done,
        problem::{
            BAD_CREDENTIALS, BUSY, CROSS_SITE, INVALID_FIELDS, MAIL_FAILED, MALFORMED, OFFLINE,
            Problem, RATE_LIMITED, SUSPENDED, TOO_LARGE, UNAVAILABLE,
        },
    },
    components::message::Message,
    i18n::{Locale, tr, use_locale},
    page_state::{CurrentFlash, Flash, RefusedForm},
    token_keeper::{self, log_in_and_come_back},
};

/// What a form's fields and its button read.
#[derive(Clone, Copy)]
pub(crate) struct FormState {
    refused: StoredValue<Option<RefusedForm>>,
    problem: Signal<Option<Problem>>,
    is_pending: Signal<bool>,
}

impl FormState {
    /// What was typed, if the form came back from the server; else `otherwise`.
    pub(crate) fn value(self, field: &str, otherwise: &str) -> String {
        self.refused.with_value(|refused| {
            let values = refused.as_ref().map(|form| &form.values);
            let typed = values.and_then(|values| values.iter().find(|(name, _)| name == field));
            typed.map_or(otherwise, |(_, value)| value).to_owned()
        })
    }

    /// The code of what is wrong with a field.
    pub(crate) fn problem_of(self, field: &'static str) -> Signal<Option<String>> {
        let problem = self.problem;
        Signal::derive(move || problem.with(|problem| problem.as_ref()?.errors.get(field).cloned()))
    }

    /// Whether the form as a whole was refused, for this reason.
    pub(crate) fn is_refused_for(self, reason: &str) -> bool {
        self.problem.with(|problem| problem.as_ref().is_some_and(|p| p.reason == reason))
    }
}

/// The form of the server function with this name; `fields` makes what it holds.
#[component]
pub(crate) fn ServerForm(
    function: &'static str,
    #[prop(default = "form")] class: &'static str,
    fields: Box<dyn FnOnce(FormState) -> AnyView>,
) -> impl IntoView {
    let locale = use_locale();
    let path = format!("/api/{function}");
    let CurrentFlash(flash) = expect_context();
    let refused = flash.with_untracked(|flash| {
        flash.as_ref()?.form.clone().filter(|form| form.function == function)
    });
    let action = Action::new({
        let path = path.clone();
        move |body: &String| post(path.clone(), body.clone())
    });
    let answer = action.value();
    let first_problem = refused.as_ref().map(|form| form.problem.clone());
    let is_pending = action.pending();
    // Nothing while the next answer is awaited: a screen reader announces what comes anew, be it the same.
    let problem = Signal::derive(move || match answer.get() {
        _ if is_pending.get() => None,
        None => first_problem.clone(),
        Some(answer) => answer.err(),
    });
    let state =
        FormState { refused: StoredValue::new(refused), problem, is_pending: is_pending.into() };

    let form = NodeRef::<html::Form>::new();
    Effect::new(move |_| match answer.get() {
        Some(Ok(done)) => go_on(done, flash),
        Some(Err(problem)) => turn_back(&problem, form),
        None => {}
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !state.is_pending.get_untracked()
            && let Some(body) = form.get_untracked().and_then(|form| encode(&form))
        {
            flash.set(None);
            action.dispatch(body);
        }
    };
    let words =
        Signal::derive(move || problem.with(|problem| form_words(locale, problem.as_ref()?)));
    view! {
        <Message class="notice wrong" role="alert" words/>
        <form class=class method="post" action=path novalidate node_ref=form on:submit=submit>
            {fields(state)}
        </form>
    }
}

/// The button that posts. While the answer is awaited it keeps the focus and says so.
#[component]
pub(crate) fn SubmitButton(
    form: FormState,
    words: &'static str,
    #[prop(optional)] pending_words: Option<&'static str>,
    #[prop(default = "button")] class: &'static str,
    #[prop(optional)] described_by: Option<&'static str>,
) -> impl IntoView {
    let is_pending = form.is_pending;
    let busy = Signal::derive(move || is_pending.get().then_some("true"));
    let words = Signal::derive(move || match pending_words {
        Some(pending) if is_pending.get() => pending,
        _ => words,
    });
    view! {
        <button
            class=class
            type="submit"
            aria-busy=busy
            aria-disabled=busy
            aria-describedby=described_by
        >
            {words}
        </button>
    }
}

#[cfg(feature = "hydrate")]
async fn post(path: String, body: String) -> Result<Done, Problem> {
    token_keeper::post_form(&path, &body).await
}

/// On the server nothing is ever submitted.
#[cfg(not(feature = "hydrate"))]
async fn post(_path: String, _body: String) -> Result<Done, Problem> {
    token_keeper::call(|| async { Err(Problem::unavailable()) }).await
}

#[cfg(feature = "hydrate")]
fn encode(form: &web_sys::HtmlFormElement) -> Option<String> {
    crate::post::encode(form)
}

#[cfg(not(feature = "hydrate"))]
fn encode(_form: &web_sys::HtmlFormElement) -> Option<String> {
    None
}

fn go_on(done: Done, flash: RwSignal<Option<Flash>>) {
    match done.to {
        // A full load: who signs in or out gets a page, and a memory, of their own.
        Some(path) => _ = window().location().assign(&path),
        None => {
            flash.set(Some(Flash { notice: done.notice, form: None }));
            // The notice stands at the top, the button at the end of what may be a long form.
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    }
}

fn turn_back(problem: &Problem, form: NodeRef<html::Form>) {
    if problem.is_signed_out() {
        log_in_and_come_back();
        return;
    }
    let Some(form) = form.get_untracked() else { return };
    // Then what was typed is not at fault, and is sent as it is once more.
    let is_passing = problem.is_passing() || problem.reason == RATE_LIMITED;
    // Once the problems stand in the page.
    request_animation_frame(move || {
        use leptos::wasm_bindgen::JsCast;
        let find = |selector| {
            form.query_selector(selector).ok().flatten()?.dyn_into::<web_sys::HtmlElement>().ok()
        };
        let password = find("input[autocomplete$=password]");
        if let Some(input) =
            password.as_ref().and_then(|it| it.dyn_ref::<web_sys::HtmlInputElement>())
            && !is_passing
        {
            input.set_value("");
        }
        if let Some(field) = find("[aria-invalid=true]").or(password) {
            _ = field.focus();
        }
    });
}

/// What is wrong with the form as a whole; `None` if its fields say it all.
pub(crate) fn form_words(locale: Locale, problem: &Problem) -> Option<String> {
    if problem.is_signed_out() {
        return None;
    }
    let words = match problem.reason.as_str() {
        INVALID_FIELDS => return None,
        RATE_LIMITED => return Some(limit_words(locale, problem.retry_after)),
        BAD_CREDENTIALS => tr!(locale, problems.bad_credentials),
        SUSPENDED => tr!(locale, problems.suspended),
        BUSY => tr!(locale, problems.busy),
        MAIL_FAILED => tr!(locale, problems.mail_failed),
        TOO_LARGE => tr!(locale, problems.too_large),
        MALFORMED => tr!(locale, problems.malformed),
        CROSS_SITE => tr!(locale, problems.cross_site),
        OFFLINE => tr!(locale, problems.unreachable),
        UNAVAILABLE => tr!(locale, problems.store_unavailable),
        _ => tr!(locale, problems.internal),
    };
    Some(words.to_owned())
}

/// When to come back after a limit was reached, rounded up to minutes.
pub(crate) fn limit_words(locale: Locale, retry_after: Option<u64>) -> String {
    match retry_after.unwrap_or_default().div_ceil(60) {
        0 | 1 => tr!(locale, problems.rate_limited_briefly).to_owned(),
        minutes => tr!(locale, problems.rate_limited, count = minutes),
    }
}
