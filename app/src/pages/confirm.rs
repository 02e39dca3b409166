//! `/signup/confirm`: the mailed code, or the page that the mail's link opens. The link only shows a
//! button: a scanner that opens every link in a mail confirms nothing. In a browser that did not sign up, the
//! page asks for the sign-up's password, too.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    components::{
        field::{FieldProblem, PasswordField, described_by, is_invalid},
        form::{FormState, ServerForm, SubmitButton},
        page_head::PageHead,
    },
    i18n::{tr, use_locale},
    page_state::{ConfirmStage, PendingConfirmation, use_page_state},
    session::COOKIES_REFUSED,
};

/// How long a code is good for, in minutes. The browser knows no domain; the server's build compares.
const CODE_MINUTES: u8 = 10;
#[cfg(feature = "ssr")]
const _: () =
    assert!(CODE_MINUTES as u64 * 60 == domain::account::confirmation::CODE_LIFETIME.as_secs());

/// The confirmation page.
#[component]
pub(crate) fn ConfirmPage() -> impl IntoView {
    let Some(waiting) = use_page_state().with_value(|state| state.confirmation.clone()) else {
        return view! { <NothingWaits/> }.into_any();
    };
    match waiting.stage {
        ConfirmStage::EnterCode => view! { <EnterCode email=waiting.email/> }.into_any(),
        ConfirmStage::PressButton | ConfirmStage::GivePassword => {
            view! { <OpenLink waiting/> }.into_any()
        }
        ConfirmStage::OpenLink => view! { <NothingWaits/> }.into_any(),
        ConfirmStage::Confirmed => view! { <Confirmed/> }.into_any(),
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
        <FieldProblem name="email" problem=form.problem_of("email")/>
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
fn OpenLink(waiting: PendingConfirmation) -> impl IntoView {
    let locale = use_locale();
    let shown = waiting.email.clone();
    let text = match waiting.stage {
        ConfirmStage::GivePassword => tr!(locale, confirm.link_elsewhere),
        _ => tr!(locale, confirm.link_text),
    };
    view! {
        <div class="page">
            <PageHead
                plate="確認"
                title=tr!(locale, confirm.link_heading)
                heading=tr!(locale, confirm.link_heading)
            >
                <p class="lead">{text}</p>
                <p class="address">{shown}</p>
            </PageHead>
            <div class="page-body">
                <ServerForm
                    function="confirm_email"
                    fields=Box::new(move |form| link_fields(form, waiting))
                />
                <p class="small">{tr!(locale, confirm.link_not_you)}</p>
            </div>
        </div>
    }
}

fn link_fields(form: FormState, waiting: PendingConfirmation) -> AnyView {
    let locale = use_locale();
    let wants_password = waiting.stage == ConfirmStage::GivePassword;
    view! {
        <input type="hidden" name="email" value=waiting.email/>
        <input type="hidden" name="code" value=waiting.link/>
        <FieldProblem name="code" problem=form.problem_of("code")/>
        {wants_password
            .then(|| {
                view! {
                    <PasswordField
                        form
                        label=tr!(locale, fields.sign_up_password)
                        autocomplete="current-password"
                    />
                }
            })}
        <SubmitButton form words=tr!(locale, confirm.link_submit)/>
    }
    .into_any()
}

#[component]
fn Confirmed() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="page">
            <PageHead
                plate="確認"
                title=tr!(locale, confirm.confirmed_heading)
                heading=tr!(locale, confirm.confirmed_heading)
            >
                <p class="lead">{tr!(locale, confirm.confirmed_text)}</p>
            </PageHead>
            <div class="page-body">
                <p><A href="/login" attr:class="button">{tr!(locale, confirm.log_in)}</A></p>
            </div>
        </div>
    }
}

#[component]
fn NothingWaits() -> impl IntoView {
    let locale = use_locale();
    let is_not_kept = use_page_state().with_value(|state| {
        state.confirmation.is_some() || state.ended.as_deref() == Some(COOKIES_REFUSED)
    });
    let (heading, text) = if is_not_kept {
        (tr!(locale, confirm.not_kept_heading), tr!(locale, confirm.not_kept).to_owned())
    } else {
        let text = tr!(locale, confirm.nothing_waits, minutes = CODE_MINUTES);
        (tr!(locale, confirm.expired_heading), text)
    };
    view! {
        <div class="page">
            <PageHead
                plate="確認"
                title=heading
                heading=heading
            >
                <p class="lead">{text}</p>
            </PageHead>
            <div class="page-body">
                <p><A href="/signup" attr:class="button">{tr!(locale, confirm.start_over)}</A></p>
                <p class="small">
                    {tr!(locale, confirm.already)} " "
                    <A href="/login">{tr!(locale, confirm.log_in)}</A>
                </p>
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
