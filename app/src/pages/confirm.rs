//! `/signup/confirm`: the mailed code, or the page that the mail's link opens. The link only shows a
//! button: a scanner that opens every link in a mail confirms nothing.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    components::{
        field::{FieldProblem, described_by, is_invalid},
        form::{FormState, ServerForm, SubmitButton},
        page_head::PageHead,
    },
    i18n::{tr, use_locale},
    page_state::use_page_state,
};

/// How long a code is good for, in minutes. The browser knows no domain; the server's build compares.
const CODE_MINUTES: u8 = 10;
#[cfg(feature = "ssr")]
const _: () = assert!(CODE_MINUTES as u64 * 60 == domain::confirmation::CODE_LIFETIME.as_secs());

/// The confirmation page.
#[component]
pub(crate) fn ConfirmPage() -> impl IntoView {
    let Some(waiting) = use_page_state().with_value(|state| state.confirmation.clone()) else {
        return view! { <NothingWaits/> }.into_any();
    };
    match waiting.link {
        None => view! { <EnterCode email=waiting.email/> }.into_any(),
        Some(token) => view! { <OpenLink email=waiting.email token/> }.into_any(),
    }
}

#[component]
fn EnterCode(email: String) -> impl IntoView {
    let locale = use_locale();
    let (for_code, for_resend) = (email.clone(), email.clone());
    view! {
        <div class="page">
            <PageHead
                plate="確認"
                title=tr!(locale, confirm.title)
                description=tr!(locale, confirm.description)
                heading=tr!(locale, confirm.heading)
            >
                <p class="lead">{tr!(locale, confirm.sent_to)}</p>
                <p class="address">{email}</p>
                <p class="lead">{tr!(locale, confirm.valid, minutes = CODE_MINUTES)}</p>
            </PageHead>
            <div class="page-body">
                <ServerForm
                    function="confirm_email"
                    fields=Box::new(move |form| code_field(form, for_code))
                />
                <ServerForm
                    function="resend_confirmation"
                    class="again"
                    fields=Box::new(move |form| resend_button(form, for_resend))
                />
                <StartOver/>
            </div>
        </div>
    }
}

fn code_field(form: FormState, email: String) -> AnyView {
    let locale = use_locale();
    let problem = form.problem_of("code");
    view! {
        <input type="hidden" name="email" value=email/>
        <div class="field">
            <label for="code">{tr!(locale, fields.code.label)}</label>
            <input
                class="code"
                id="code"
                name="code"
                type="text"
                autocomplete="one-time-code"
                inputmode="numeric"
                maxlength="9"
                spellcheck="false"
                required
                aria-invalid=is_invalid(problem)
                aria-describedby=described_by("code", false, problem)
                autofocus
            />
            <FieldProblem name="code" problem/>
        </div>
        <SubmitButton form words=tr!(locale, confirm.submit)/>
    }
    .into_any()
}

fn resend_button(form: FormState, email: String) -> AnyView {
    let locale = use_locale();
    view! {
        <input type="hidden" name="email" value=email/>
        <p class="small" id="no-mail">{tr!(locale, confirm.no_mail)}</p>
        <SubmitButton
            form
            class="button quiet"
            words=tr!(locale, confirm.resend)
            described_by="no-mail"
        />
    }
    .into_any()
}

#[component]
fn OpenLink(email: String, token: String) -> impl IntoView {
    let locale = use_locale();
    let shown = email.clone();
    view! {
        <div class="page">
            <PageHead
                plate="確認"
                title=tr!(locale, confirm.link_heading)
                heading=tr!(locale, confirm.link_heading)
            >
                <p class="lead">{tr!(locale, confirm.link_text)}</p>
                <p class="address">{shown}</p>
            </PageHead>
            <div class="page-body">
                <ServerForm
                    function="confirm_email"
                    fields=Box::new(move |form| link_fields(form, email, token))
                />
                <p class="small">{tr!(locale, confirm.link_not_you)}</p>
            </div>
        </div>
    }
}

fn link_fields(form: FormState, email: String, token: String) -> AnyView {
    let locale = use_locale();
    view! {
        <input type="hidden" name="email" value=email/>
        <input type="hidden" name="code" value=token/>
        <FieldProblem name="code" problem=form.problem_of("code")/>
        <SubmitButton form words=tr!(locale, confirm.link_submit)/>
    }
    .into_any()
}

#[component]
fn NothingWaits() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="page">
            <PageHead
                plate="確認"
                title=tr!(locale, confirm.expired_heading)
                heading=tr!(locale, confirm.expired_heading)
            >
                <p class="lead">{tr!(locale, confirm.nothing_waits, minutes = CODE_MINUTES)}</p>
            </PageHead>
            <div class="page-body">
                <p><A href="/signup" attr:class="button">{tr!(locale, confirm.start_over)}</A></p>
            </div>
        </div>
    }
}

#[component]
fn StartOver() -> impl IntoView {
    let locale = use_locale();
    view! {
        <p class="small">
            {tr!(locale, confirm.wrong_address)} " "
            <A href="/signup">{tr!(locale, confirm.start_over)}</A>
        </p>
    }
}
