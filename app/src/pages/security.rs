//! `/settings/security`: a new password.

use leptos::prelude::*;

use crate::{
    api::get_profile::get_profile,
    components::{
        field::PasswordField,
        form::{FormState, ServerForm, SubmitButton},
        page_head::PageHead,
        served::served,
        settings_nav::SettingsNav,
    },
    i18n::{tr, use_locale},
    page_state::use_page_state,
    pages::failure::ProblemPage,
};

/// The security page.
#[component]
pub(crate) fn SecurityPage() -> impl IntoView {
    let title = tr!(use_locale(), security.title);
    served(title, || async {
        match get_profile().await {
            Ok(profile) => view! { <Security email=profile.email/> }.into_any(),
            Err(problem) => view! { <ProblemPage problem/> }.into_any(),
        }
    })
}

#[component]
fn Security(email: String) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="page">
            <PageHead
                plate="合鍵"
                title=tr!(locale, security.title)
                heading=tr!(locale, security.heading)
            >
                <p class="lead">{tr!(locale, security.lead)}</p>
                <SettingsNav/>
            </PageHead>
            <div class="page-body">
                <ServerForm function="change_password" fields=Box::new(move |form| fields(form, email))/>
                <p class="small">
                    <a href="/forgot" rel="external">{tr!(locale, security.forgot)}</a>
                </p>
                <p class="small">
                    {tr!(locale, security.strangers)} " "
                    <a href="/settings/sessions" rel="external">{tr!(locale, security.sessions)}</a>
                </p>
            </div>
        </div>
    }
}

fn fields(form: FormState, email: String) -> AnyView {
    let locale = use_locale();
    let password_min = use_page_state().with_value(|state| state.password_min);
    view! {
        // Password managers read from it whose password it is (it has no name, so it is not posted).
        <input type="text" autocomplete="username" value=email hidden/>
        <PasswordField
            form
            name="current_password"
            label=tr!(locale, fields.current_password)
            autocomplete="current-password"
        />
        <PasswordField
            form
            name="new_password"
            label=tr!(locale, fields.new_password)
            autocomplete="new-password"
            hint=tr!(locale, fields.password.hint, count = password_min)
        />
        <SubmitButton form words=tr!(locale, security.submit)/>
    }
    .into_any()
}
