//! `/reset`: what the link of a forgotten password opens. It only shows a form: a scanner that opens every link in a
//! mail changes nothing. The token is in the form and in no link of the page.
//!
//! The page names the address. Whoever has the link got it at that address, and could sign in by it anyway; and a
//! password manager learns whose password it keeps.

use leptos::prelude::*;

use crate::{
    api::problem::Problem,
    components::{
        field::PasswordField,
        form::{FormState, ServerForm, SubmitButton},
        page_head::PageHead,
        served::served,
    },
    i18n::{tr, use_locale},
    page_state::use_page_state,
    pages::failure::ProblemPage,
    query::query_value,
};

/// How long a link works, in minutes. The browser knows no domain; the server's build compares.
pub(crate) const LINK_MINUTES: u8 = 30;
#[cfg(feature = "ssr")]
const _: () = assert!(
    LINK_MINUTES as u64 * 60 == domain::credentials::password_reset::RESET_LIFETIME.as_secs()
);

/// The page of a link.
#[component]
pub(crate) fn ResetPage() -> impl IntoView {
    let title = tr!(use_locale(), reset.title);
    served(title, || async {
        let token = query_value("token").unwrap_or_default();
        match address_of(&token).await {
            Ok(Some(email)) => view! { <NewPassword email token/> }.into_any(),
            Ok(None) => view! { <NoLink/> }.into_any(),
            Err(problem) => view! { <ProblemPage problem/> }.into_any(),
        }
    })
}

/// The address of the member whose link it is. `None`: it does not work, for whatever reason.
#[cfg(feature = "ssr")]
async fn address_of(token: &str) -> Result<Option<String>, Problem> {
    use domain::{credentials::password_reset::find_reset, ports::Ports};

    let found = find_reset(&expect_context::<Ports>(), token).await?;
    Ok(found.map(|link| link.credentials.email.as_str().to_owned()))
}

#[cfg(not(feature = "ssr"))]
async fn address_of(_token: &str) -> Result<Option<String>, Problem> {
    Ok(None)
}

#[component]
fn NewPassword(email: String, token: String) -> impl IntoView {
    let locale = use_locale();
    let shown = email.clone();
    view! {
        <div class="page">
            <PageHead
                plate="合鍵"
                title=tr!(locale, reset.title)
                heading=tr!(locale, reset.heading)
            >
                <p class="lead">{tr!(locale, reset.account)}</p>
                <p class="address">{shown}</p>
                <p class="lead">{tr!(locale, reset.what_happens)}</p>
            </PageHead>
            <div class="page-body">
                <ServerForm
                    function="reset_password"
                    fields=Box::new(move |form| fields(form, email, token))
                />
            </div>
        </div>
    }
}

fn fields(form: FormState, email: String, token: String) -> AnyView {
    let locale = use_locale();
    let password_min = use_page_state().with_value(|state| state.password_min);
    view! {
        // Password managers read from it whose password it is (it has no name, so it is not posted).
        <input type="text" autocomplete="username" value=email hidden/>
        <input type="hidden" name="token" value=token/>
        <PasswordField
            form
            label=tr!(locale, fields.new_password)
            autocomplete="new-password"
            hint=tr!(locale, fields.password.hint, count = password_min)
        />
        <SubmitButton form words=tr!(locale, reset.submit)/>
    }
    .into_any()
}

/// Unknown, used, expired, replaced by a newer one: which of them is nobody's business.
#[component]
fn NoLink() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="page">
            <PageHead
                plate="合鍵"
                title=tr!(locale, reset.title)
                heading=tr!(locale, reset.expired_heading)
            >
                <p class="lead">{tr!(locale, reset.expired, minutes = LINK_MINUTES)}</p>
            </PageHead>
            <div class="page-body">
                <p><a class="button" href="/forgot" rel="external">{tr!(locale, reset.again)}</a></p>
            </div>
        </div>
    }
}
