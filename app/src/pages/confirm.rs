//! `/signup/confirm`: asks for the mailed code, or shows the page of the mail's link. The link only shows a button, so
//! a scanner that opens every link in a mail confirms nothing. In a browser that did not sign up, the page also asks
//! for the sign-up's password.

use domain::account::{
    confirm_email::{Linked, follow_link},
    confirmation::CODE_LIFETIME,
};
use leptos::prelude::*;

use crate::{
    api::{
        confirm_email::CONFIRM_EMAIL, problem::Problem, resend_confirmation::RESEND_CONFIRMATION,
    },
    components::{
        field::{Field, FieldState, HiddenField, PasswordField, PasswordOwner, described_by},
        form::{ServerForm, SubmitButton},
        page::{Page, plate},
    },
    http::request::ServerRequest,
    i18n::{tr, use_locale},
    page_context::{Ended, use_page},
    page_view::PageView,
};

/// Lifetime of a code, in minutes.
const CODE_MINUTES: u64 = CODE_LIFETIME.as_secs() / 60;

/// The next step to confirm an address.
enum Stage {
    /// The code from the mail to this address
    EnterCode { email: String },
    /// A press of the button, in a browser that signed up; in another one the sign-up's password, too
    FollowLink { email: String, token: String, wants_password: bool },
    /// Nothing
    Confirmed,
    /// The mail's link: this browser has just signed up, and could not keep what the code belongs to
    OpenLink,
    /// No sign-up is known
    NothingWaits,
}

pub(super) async fn show(request: ServerRequest) -> Result<PageView, Problem> {
    let locale = request.page_locale();
    Ok(match stage(&request).await? {
        Stage::EnterCode { email } => {
            PageView::new(tr!(locale, confirm.title), || view! { <EnterCode email/> })
                .described(tr!(locale, confirm.description))
        }
        Stage::FollowLink { email, token, wants_password } => {
            PageView::new(tr!(locale, confirm.link_heading), move || {
                view! { <FollowLink email token wants_password/> }
            })
        }
        Stage::Confirmed => {
            PageView::new(tr!(locale, confirm.confirmed_heading), || view! { <Confirmed/> })
        }
        Stage::OpenLink => {
            PageView::new(tr!(locale, confirm.not_kept_heading), || view! { <NotKept/> })
        }
        Stage::NothingWaits => {
            PageView::new(tr!(locale, confirm.title), || view! { <NothingWaits/> })
        }
    })
}

async fn stage(request: &ServerRequest) -> Result<Stage, Problem> {
    let waiting = request.visitor.confirmation().await?;
    let Some(token) = request.query("link") else {
        return Ok(match waiting {
            Some(waiting) => Stage::EnterCode { email: waiting.email.as_str().to_owned() },
            None if request.query("sent").is_some() => Stage::OpenLink,
            None => Stage::NothingWaits,
        });
    };
    Ok(match follow_link(&request.resources, &token).await? {
        Linked::Waiting(confirmation) => {
            let has_asked = waiting.is_some_and(|it| it.ids.contains(&confirmation.id));
            let email = confirmation.email.as_str().to_owned();
            Stage::FollowLink { email, token, wants_password: !has_asked }
        }
        Linked::Confirmed => Stage::Confirmed,
        Linked::Replaced | Linked::Nothing => Stage::NothingWaits,
    })
}

#[component]
fn EnterCode(email: String) -> impl IntoView {
    let locale = use_locale();
    let for_resend = email.clone();
    // Otherwise the reason for the refusal has the focus.
    let is_first = use_page().flash.form.is_none();
    let head = view! {
        <p class="lead">{tr!(locale, confirm.sent_to)}</p>
        <p class="address">{email.clone()}</p>
        <p class="lead">{tr!(locale, confirm.valid, minutes = CODE_MINUTES)}</p>
    };
    view! {
        <Page plate=plate::CONFIRMATION heading=tr!(locale, confirm.heading) head=head.into_any()>
            <ServerForm form=&CONFIRM_EMAIL>
                <input type="hidden" name="email" value=email/>
                <Field name="code" label=tr!(locale, fields.code.label)>
                    <input
                        class="code"
                        id="code"
                        name="code"
                        type="text"
                        autocomplete="one-time-code"
                        inputmode="numeric"
                        spellcheck="false"
                        required
                        aria-invalid=FieldState::of("code").invalid()
                        aria-describedby=described_by("code", "")
                        autofocus={is_first || FieldState::of("code").is_invalid}
                    />
                </Field>
                <SubmitButton words=tr!(locale, confirm.submit)/>
            </ServerForm>
            <ServerForm form=&RESEND_CONFIRMATION class="again">
                <HiddenField name="email" value=for_resend/>
                <p class="small" id="no-mail">{tr!(locale, confirm.no_mail)}</p>
                <SubmitButton
                    class="button quiet"
                    words=tr!(locale, confirm.resend)
                    described_by="no-mail"
                />
            </ServerForm>
            <p class="small">
                {tr!(locale, confirm.wrong_address)} " "
                <a href="/signup">{tr!(locale, confirm.start_over)}</a>
            </p>
        </Page>
    }
}

#[component]
fn FollowLink(email: String, token: String, wants_password: bool) -> impl IntoView {
    let locale = use_locale();
    let text = if wants_password {
        tr!(locale, confirm.link_elsewhere)
    } else {
        tr!(locale, confirm.link_text)
    };
    let head = view! {
        <p class="lead">{text}</p>
        <p class="address">{email.clone()}</p>
    };
    view! {
        <Page plate=plate::CONFIRMATION heading=tr!(locale, confirm.link_heading) head=head.into_any()>
            <ServerForm form=&CONFIRM_EMAIL>
                <input type="hidden" name="email" value=email.clone()/>
                <HiddenField name="code" value=token/>
                {wants_password.then(|| view! {
                    <PasswordOwner email/>
                    <PasswordField
                        label=tr!(locale, fields.sign_up_password)
                        autocomplete="current-password"
                    />
                })}
                <SubmitButton words=tr!(locale, confirm.link_submit)/>
            </ServerForm>
            <p class="small"><a href="/signup">{tr!(locale, confirm.start_over)}</a></p>
            <p class="small">{tr!(locale, confirm.link_not_you)}</p>
        </Page>
    }
}

#[component]
fn Confirmed() -> impl IntoView {
    let locale = use_locale();
    view! {
        <Page
            plate=plate::CONFIRMATION
            heading=tr!(locale, confirm.confirmed_heading)
            head=view! { <p class="lead">{tr!(locale, confirm.confirmed_text)}</p> }.into_any()
        >
            <p><a class="button" href="/login">{tr!(locale, confirm.log_in)}</a></p>
        </Page>
    }
}

#[component]
fn NotKept() -> impl IntoView {
    let locale = use_locale();
    view! {
        <StartOver
            heading=tr!(locale, confirm.not_kept_heading)
            text=tr!(locale, confirm.not_kept).to_owned()
        />
    }
}

#[component]
fn NothingWaits() -> impl IntoView {
    let locale = use_locale();
    if use_page().ended == Some(Ended::CookiesRefused) {
        return view! { <NotKept/> }.into_any();
    }
    view! {
        <StartOver
            heading=tr!(locale, confirm.expired_heading)
            text=tr!(locale, confirm.nothing_waits, minutes = CODE_MINUTES)
        />
    }
    .into_any()
}

#[component]
fn StartOver(heading: &'static str, text: String) -> impl IntoView {
    let locale = use_locale();
    view! {
        <Page
            plate=plate::CONFIRMATION
            heading=heading
            head=view! { <p class="lead">{text}</p> }.into_any()
        >
            <p><a class="button" href="/signup">{tr!(locale, confirm.start_over)}</a></p>
            <p class="small">
                {tr!(locale, confirm.already)} " "
                <a href="/login">{tr!(locale, confirm.log_in)}</a>
            </p>
        </Page>
    }
}
