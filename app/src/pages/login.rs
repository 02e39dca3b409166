//! `/login`: asks for address and password, then goes on to the page that the member wanted.

use leptos::prelude::*;

use crate::{
    api::{login::LOGIN, problem::Problem},
    components::{
        field::{PasswordField, TextField},
        form::{ServerForm, SubmitButton, use_form},
        page::{Page, plate},
    },
    http::request::ServerRequest,
    i18n::{tr, use_locale},
    page_context::use_page,
    page_view::PageView,
};

pub(super) async fn show(request: ServerRequest) -> Result<PageView, Problem> {
    let locale = request.page_locale();
    let next = request.query("next");
    Ok(PageView::new(tr!(locale, login.title), || view! { <LogInPage next/> })
        .described(tr!(locale, login.description)))
}

#[component]
fn LogInPage(next: Option<String>) -> impl IntoView {
    let locale = use_locale();
    view! {
        <Page
            plate=plate::WELCOME_HOME
            heading=tr!(locale, login.heading)
            head=view! { <p class="lead">{tr!(locale, login.lead)}</p> }.into_any()
        >
            {use_page().is_insecure.then(|| view! {
                <p class="notice wrong" role="note">{tr!(locale, login.not_secure)}</p>
            })}
            <ServerForm form=&LOGIN>
                {next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
                <TextField
                    name="email"
                    label=tr!(locale, fields.email.label)
                    kind="email"
                    autocomplete="username"
                />
                <PasswordField autocomplete="current-password"/>
                <Remember/>
                <SubmitButton words=tr!(locale, login.submit)/>
            </ServerForm>
            <p class="small"><a href="/forgot">{tr!(locale, login.forgot)}</a></p>
            <p class="small">
                {tr!(locale, login.no_account)} " "
                <a href="/signup">{tr!(locale, login.sign_up)}</a>
            </p>
        </Page>
    }
}

#[component]
fn Remember() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="check">
            <input
                id="remember"
                name="remember"
                type="checkbox"
                value="on"
                checked=use_form().value("remember", "") == "on"
                aria-describedby="remember-hint"
            />
            <label for="remember">{tr!(locale, login.remember)}</label>
            <p class="hint" id="remember-hint">{tr!(locale, login.remember_hint)}</p>
        </div>
    }
}
