//! `/forgot`: requests a mail with a link to choose a new password, and then says what to do with it. Also open to a
//! member who is signed in, because a change of password asks for the current one.

use leptos::prelude::*;

use crate::{
    api::{problem::Problem, request_password_reset::REQUEST_PASSWORD_RESET},
    components::{
        field::TextField,
        form::{ServerForm, SubmitButton},
        page::{Page, plate},
    },
    http::request::ServerRequest,
    i18n::{tr, use_locale},
    page_view::PageView,
    pages::reset::LINK_MINUTES,
};

pub(super) async fn show(request: ServerRequest) -> Result<PageView, Problem> {
    let title = tr!(request.page_locale(), forgot.title);
    let description = tr!(request.page_locale(), forgot.description);
    Ok(match request.query("sent") {
        None => PageView::new(title, || view! { <Ask/> }).described(description),
        Some(_) => PageView::new(title, || view! { <Sent/> }),
    })
}

#[component]
fn Ask() -> impl IntoView {
    let locale = use_locale();
    view! {
        <Page
            plate=plate::SPARE_KEY
            heading=tr!(locale, forgot.heading)
            head=view! { <p class="lead">{tr!(locale, forgot.lead)}</p> }.into_any()
        >
            <ServerForm form=&REQUEST_PASSWORD_RESET>
                <TextField
                    name="email"
                    label=tr!(locale, fields.email.label)
                    kind="email"
                    autocomplete="username"
                />
                <SubmitButton words=tr!(locale, forgot.submit)/>
            </ServerForm>
            <p class="small">
                {tr!(locale, forgot.remembered)} " "
                <a href="/login">{tr!(locale, forgot.log_in)}</a>
            </p>
        </Page>
    }
}

/// The page after the request, the same for everybody: only the mail says whether there is such a member.
#[component]
fn Sent() -> impl IntoView {
    let locale = use_locale();
    let lead = tr!(locale, forgot.sent, minutes = LINK_MINUTES);
    view! {
        <Page
            plate=plate::SPARE_KEY
            heading=tr!(locale, forgot.sent_heading)
            head=view! { <p class="lead">{lead}</p> }.into_any()
        >
            <p>{tr!(locale, forgot.no_mail)}</p>
            <p><a class="button quiet" href="/forgot">{tr!(locale, forgot.again)}</a></p>
        </Page>
    }
}
