//! `/settings/account`: deletes the account, after saying what that means.

use domain::account::profile::read_profile;
use leptos::prelude::*;

use crate::{
    api::{delete_account::DELETE_ACCOUNT, problem::Problem},
    components::{
        field::{PasswordField, PasswordOwner},
        form::{ServerForm, SubmitButton},
        page::{Page, plate},
        settings_nav::SettingsNav,
    },
    http::request::ServerRequest,
    i18n::{tr, use_locale},
    page_view::PageView,
};

pub(super) async fn show(request: ServerRequest) -> Result<PageView, Problem> {
    let who = request.identity.member()?;
    let member = read_profile(&request.resources, who.session.member_id).await?;
    let email = member.email.as_str().to_owned();
    let title = tr!(request.page_locale(), account.title);
    Ok(PageView::new(title, || view! { <AccountPage email/> }))
}

#[component]
fn AccountPage(email: String) -> impl IntoView {
    let locale = use_locale();
    let head = view! {
        <p class="lead">{tr!(locale, account.lead)}</p>
        <SettingsNav/>
    };
    view! {
        <Page plate=plate::LEAVING heading=tr!(locale, account.heading) head=head.into_any()>
            <section class="part">
                <h2>{tr!(locale, account.what_happens)}</h2>
                <ul class="points">
                    <li>{tr!(locale, account.gone)}</li>
                    <li>{tr!(locale, account.logged_out)}</li>
                    <li>{tr!(locale, account.free)}</li>
                </ul>
            </section>
            <ServerForm form=&DELETE_ACCOUNT>
                <PasswordOwner email/>
                <PasswordField autocomplete="current-password" hint=tr!(locale, account.hint)/>
                <SubmitButton class="button grave" words=tr!(locale, account.submit)/>
            </ServerForm>
        </Page>
    }
}
