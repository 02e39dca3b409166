//! `/signup`: asks for address, name and password. The code that proves the address comes by mail.

use contract::limits::DISPLAY_NAME_MAX;
use leptos::prelude::*;

use crate::{
    api::{problem::Problem, signup::SIGNUP},
    components::{
        field::{PasswordField, TextField},
        form::{ServerForm, SubmitButton},
        page::{Page, plate},
    },
    http::request::ServerRequest,
    i18n::{tr, use_locale},
    page_context::use_page,
    page_view::PageView,
};

pub(super) async fn show(request: ServerRequest) -> Result<PageView, Problem> {
    let locale = request.page_locale();
    Ok(PageView::new(tr!(locale, signup.title), || view! { <SignUpPage/> })
        .described(tr!(locale, signup.description)))
}

#[component]
fn SignUpPage() -> impl IntoView {
    let locale = use_locale();
    let password_min = use_page().password_min;
    view! {
        <Page
            plate=plate::JOINING
            heading=tr!(locale, signup.heading)
            head=view! { <p class="lead">{tr!(locale, signup.lead)}</p> }.into_any()
        >
            <ServerForm form=&SIGNUP>
                <TextField
                    name="email"
                    label=tr!(locale, fields.email.label)
                    kind="email"
                    autocomplete="email"
                />
                <TextField
                    name="display_name"
                    label=tr!(locale, fields.display_name.label)
                    kind="text"
                    autocomplete="nickname"
                    hint=tr!(locale, fields.display_name.hint, max = DISPLAY_NAME_MAX)
                />
                <PasswordField
                    autocomplete="new-password"
                    hint=tr!(locale, fields.password.hint, count = password_min)
                />
                <SubmitButton words=tr!(locale, signup.submit)/>
            </ServerForm>
            <p class="small">
                {tr!(locale, signup.have_account)} " "
                <a href="/login">{tr!(locale, signup.log_in)}</a>
            </p>
        </Page>
    }
}
