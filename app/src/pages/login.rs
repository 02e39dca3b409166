//! `/login`: address and password, and on to where the member wanted to go.

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
    query::query_value,
};

/// The log-in page.
#[component]
pub(crate) fn LogInPage() -> impl IntoView {
    let locale = use_locale();
    let is_insecure = use_page_state().with_value(|state| state.is_insecure);
    view! {
        <div class="page">
            <PageHead
                plate="おかえり"
                title=tr!(locale, login.title)
                description=tr!(locale, login.description)
                heading=tr!(locale, login.heading)
            >
                <p class="lead">{tr!(locale, login.lead)}</p>
            </PageHead>
            <div class="page-body">
                {is_insecure.then(|| view! {
                    <p class="notice wrong" role="note">{tr!(locale, login.not_secure)}</p>
                })}
                <ServerForm function="login" fields=Box::new(fields)/>
                <p class="small">
                    <a href="/forgot" rel="external">{tr!(locale, login.forgot)}</a>
                </p>
                <p class="small">
                    {tr!(locale, login.no_account)} " "
                    <A href="/signup">{tr!(locale, login.sign_up)}</A>
                </p>
            </div>
        </div>
    }
}

fn fields(form: FormState) -> AnyView {
    let locale = use_locale();
    let next = query_value("next");
    let email = Input {
        name: "email",
        label: tr!(locale, fields.email.label),
        kind: "email",
        autocomplete: "username",
    };
    view! {
        {next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
        <TextField form input=email/>
        <PasswordField form autocomplete="current-password"/>
        <div class="check">
            <input
                id="remember"
                name="remember"
                type="checkbox"
                value="on"
                checked=form.value("remember", "") == "on"
                aria-describedby="remember-hint"
            />
            <label for="remember">{tr!(locale, login.remember)}</label>
            <p class="hint" id="remember-hint">{tr!(locale, login.remember_hint)}</p>
        </div>
        <SubmitButton form words=tr!(locale, login.submit)/>
    }
    .into_any()
}
