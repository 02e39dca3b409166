//! `/settings/security`: a new password.

use domain::account::profile::read_profile;
use leptos::prelude::*;

use crate::{
    api::{change_password::CHANGE_PASSWORD, problem::Problem},
    components::{
        field::{PasswordField, PasswordOwner},
        form::{ServerForm, SubmitButton},
        page::{Page, plate},
        settings_nav::SettingsNav,
    },
    http::request::ServerRequest,
    i18n::{tr, use_locale},
    page_context::use_page,
    page_view::PageView,
};

pub(super) async fn show(request: ServerRequest) -> Result<PageView, Problem> {
    let who = request.identity.member()?;
    let member = read_profile(&request.resources, who.session.member_id).await?;
    let email = member.email.as_str().to_owned();
    let title = tr!(request.page_locale(), security.title);
    Ok(PageView::new(title, || view! { <SecurityPage email/> }))
}

#[component]
fn SecurityPage(email: String) -> impl IntoView {
    let locale = use_locale();
    let password_min = use_page().password_min;
    let head = view! {
        <p class="lead">{tr!(locale, security.lead)}</p>
        <SettingsNav/>
    };
    view! {
        <Page plate=plate::SPARE_KEY heading=tr!(locale, security.heading) head=head.into_any()>
            <ServerForm form=&CHANGE_PASSWORD>
                <PasswordOwner email/>
                <PasswordField
                    name="current_password"
                    label=tr!(locale, fields.current_password)
                    autocomplete="current-password"
                />
                <PasswordField
                    name="new_password"
                    label=tr!(locale, fields.new_password)
                    autocomplete="new-password"
                    hint=tr!(locale, fields.password.hint, count = password_min)
                />
                <SubmitButton words=tr!(locale, security.submit)/>
            </ServerForm>
            <p class="small"><a href="/forgot">{tr!(locale, security.forgot)}</a></p>
            <p class="small">
                {tr!(locale, security.strangers)} " "
                <a href="/settings/sessions">{tr!(locale, security.sessions)}</a>
            </p>
        </Page>
    }
}
