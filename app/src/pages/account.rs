//! `/settings/account`: the way out, with what it means said beforehand.

use leptos::prelude::*;

use crate::{
    components::{
        field::PasswordField,
        form::{FormState, ServerForm, SubmitButton},
        page_head::PageHead,
        served::served,
        settings_nav::SettingsNav,
    },
    i18n::{tr, use_locale},
};

/// The account page.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let title = tr!(use_locale(), account.title);
    served(title, || async {
        view! { <Account/> }
    })
}

#[component]
fn Account() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="page">
            <PageHead
                plate="退会"
                title=tr!(locale, account.title)
                heading=tr!(locale, account.heading)
            >
                <p class="lead">{tr!(locale, account.lead)}</p>
                <SettingsNav/>
            </PageHead>
            <div class="page-body">
                <section class="part">
                    <h2>{tr!(locale, account.what_happens)}</h2>
                    <ul class="points">
                        <li>{tr!(locale, account.gone)}</li>
                        <li>{tr!(locale, account.logged_out)}</li>
                        <li>{tr!(locale, account.free)}</li>
                    </ul>
                </section>
                <ServerForm function="delete_account" fields=Box::new(fields)/>
            </div>
        </div>
    }
}

fn fields(form: FormState) -> AnyView {
    let locale = use_locale();
    view! {
        <PasswordField form autocomplete="current-password" hint=tr!(locale, account.hint)/>
        <SubmitButton form class="button grave" words=tr!(locale, account.submit)/>
    }
    .into_any()
}
