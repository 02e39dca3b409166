//! `/forgot`: asks for a mail with a link to choose a new password, and says afterwards what to do with it. A member
//! who is signed in may come here as well: a change of password asks for the present one.

use leptos::prelude::*;

use crate::{
    components::{
        field::{Input, TextField},
        form::{FormState, ServerForm, SubmitButton},
        page_head::PageHead,
        served::served,
    },
    i18n::{tr, use_locale},
    pages::reset::LINK_MINUTES,
    query::query_value,
};

/// The page for who has forgotten the password.
#[component]
pub(crate) fn ForgotPage() -> impl IntoView {
    let title = tr!(use_locale(), forgot.title);
    served(title, || async {
        match query_value("sent") {
            None => view! { <Ask/> }.into_any(),
            Some(_) => view! { <Sent/> }.into_any(),
        }
    })
}

#[component]
fn Ask() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="page">
            <PageHead
                plate="合鍵"
                title=tr!(locale, forgot.title)
                description=tr!(locale, forgot.description)
                heading=tr!(locale, forgot.heading)
            >
                <p class="lead">{tr!(locale, forgot.lead)}</p>
            </PageHead>
            <div class="page-body">
                <ServerForm function="request_password_reset" fields=Box::new(fields)/>
                <p class="small">
                    {tr!(locale, forgot.remembered)} " "
                    <a href="/login" rel="external">{tr!(locale, forgot.log_in)}</a>
                </p>
            </div>
        </div>
    }
}

fn fields(form: FormState) -> AnyView {
    let locale = use_locale();
    let email = Input {
        name: "email",
        label: tr!(locale, fields.email.label),
        kind: "email",
        autocomplete: "username",
    };
    view! {
        <TextField form input=email/>
        <SubmitButton form words=tr!(locale, forgot.submit)/>
    }
    .into_any()
}

/// The same for everybody: whether there is such a member, only the mail says.
#[component]
fn Sent() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="page">
            <PageHead
                plate="合鍵"
                title=tr!(locale, forgot.title)
                heading=tr!(locale, forgot.sent_heading)
            >
                <p class="lead">{tr!(locale, forgot.sent, minutes = LINK_MINUTES)}</p>
            </PageHead>
            <div class="page-body">
                <p>{tr!(locale, forgot.no_mail)}</p>
                <p><a class="button quiet" href="/forgot" rel="external">{tr!(locale, forgot.again)}</a></p>
            </div>
        </div>
    }
}
