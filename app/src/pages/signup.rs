//! `/signup`: address, name and password; the code that proves the address comes by mail.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    components::{
        field::{Input, PasswordField, TextField},
        form::{FormState, ServerForm, SubmitButton},
        page_head::PageHead,
    },
    i18n::{tr, use_locale},
    page_state::use_page_state,
};

/// The sign-up page.
#[component]
pub(crate) fn SignUpPage() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="page">
            <PageHead
                plate="入会"
                title=tr!(locale, signup.title)
                description=tr!(locale, signup.description)
                heading=tr!(locale, signup.heading)
            >
                <p class="lead">{tr!(locale, signup.lead)}</p>
            </PageHead>
            <div class="page-body">
                <ServerForm function="signup" fields=Box::new(fields)/>
                <p class="small">
                    {tr!(locale, signup.have_account)} " "
                    <A href="/login">{tr!(locale, signup.log_in)}</A>
                </p>
            </div>
        </div>
    }
}

fn fields(form: FormState) -> AnyView {
    let locale = use_locale();
    let password_min = use_page_state().with_value(|state| state.password_min);
    let email = Input {
        name: "email",
        label: tr!(locale, fields.email.label),
        kind: "email",
        autocomplete: "email",
    };
    let display_name = Input {
        name: "display_name",
        label: tr!(locale, fields.display_name.label),
        kind: "text",
        autocomplete: "nickname",
    };
    view! {
        <TextField form input=email/>
        <TextField form input=display_name hint=tr!(locale, fields.display_name.hint)/>
        <PasswordField
            form
            autocomplete="new-password"
            hint=tr!(locale, fields.password.hint, count = password_min)
        />
        <SubmitButton form words=tr!(locale, signup.submit)/>
    }
    .into_any()
}
