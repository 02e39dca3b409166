//! `/reset`: the page of a mailed link to choose a new password. It only shows a form, so a scanner that opens every
//! link in a mail changes nothing. The token is in the form, and in no link of the page.
//!
//! The page names the address, so that a password manager knows the account. Whoever has the link got it at that
//! address, and could sign in with it anyway.

use domain::credentials::password_reset::{RESET_LIFETIME, find_reset};
use leptos::prelude::*;

use crate::{
    api::{problem::Problem, reset_password::RESET_PASSWORD},
    components::{
        field::{PasswordField, PasswordOwner},
        form::{ServerForm, SubmitButton},
        page::{Page, plate},
    },
    http::request::ServerRequest,
    i18n::{tr, use_locale},
    page_context::use_page,
    page_view::PageView,
};

/// Lifetime of a link, in minutes.
pub(super) const LINK_MINUTES: u64 = RESET_LIFETIME.as_secs() / 60;

pub(super) async fn show(request: ServerRequest) -> Result<PageView, Problem> {
    let title = tr!(request.page_locale(), reset.title);
    let token = request.query("token").unwrap_or_default();
    let found = find_reset(&request.resources, &token).await?;
    Ok(match found {
        Some(link) => {
            let email = link.credentials.email.as_str().to_owned();
            PageView::new(title, || view! { <NewPassword email token/> })
        }
        None => PageView::new(title, || view! { <NoLink/> }),
    })
}

#[component]
fn NewPassword(email: String, token: String) -> impl IntoView {
    let locale = use_locale();
    let password_min = use_page().password_min;
    let head = view! {
        <p class="lead">{tr!(locale, reset.account)}</p>
        <p class="address">{email.clone()}</p>
        <p class="lead">{tr!(locale, reset.what_happens)}</p>
    };
    view! {
        <Page plate=plate::SPARE_KEY heading=tr!(locale, reset.heading) head=head.into_any()>
            <ServerForm form=&RESET_PASSWORD>
                <PasswordOwner email/>
                <input type="hidden" name="token" value=token/>
                <PasswordField
                    label=tr!(locale, fields.new_password)
                    autocomplete="new-password"
                    hint=tr!(locale, fields.password.hint, count = password_min)
                />
                <SubmitButton words=tr!(locale, reset.submit)/>
            </ServerForm>
            <p class="small"><a href="/forgot">{tr!(locale, reset.again)}</a></p>
        </Page>
    }
}

/// The page of a link that does not work: unknown, used, expired or replaced. It does not say which.
#[component]
fn NoLink() -> impl IntoView {
    let locale = use_locale();
    let lead = tr!(locale, reset.expired, minutes = LINK_MINUTES);
    view! {
        <Page
            plate=plate::SPARE_KEY
            heading=tr!(locale, reset.expired_heading)
            head=view! { <p class="lead">{lead}</p> }.into_any()
        >
            <p><a class="button" href="/forgot">{tr!(locale, reset.again)}</a></p>
        </Page>
    }
}
