//! `GET /dev/mailbox`: mails that are kept instead of sent, for development and tests. Only with `DEV_MAILBOX=on`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{Html, IntoResponse, Response},
};
use leptos::prelude::*;

use crate::{
    api::problem::Problem,
    components::page::{Page, plate},
    html::html_of,
    http::{answers::NO_STORE, site::Site},
    letters::RenderedMail,
};

/// All mails as JSON, newest last. Not cacheable: a mail holds a code and an address.
pub(crate) async fn json(State(site): State<Arc<Site>>) -> Result<Response, Problem> {
    Ok(([NO_STORE], Json(site.stores.mails().await?)).into_response())
}

/// All mails as a page, newest first.
pub(crate) async fn page(State(site): State<Arc<Site>>) -> Result<Response, Problem> {
    let mails = site.stores.mails().await?;
    let policy = (header::CONTENT_SECURITY_POLICY, site.assets.policy.clone());
    let page = html_of(document(site.assets.stylesheet.clone(), mails));
    Ok(([NO_STORE, policy], Html(page)).into_response())
}

fn document(stylesheet: String, mails: Vec<RenderedMail>) -> impl IntoView {
    let lead = view! {
        <p class="lead">"Mails that the site would have sent, newest first. For development only."</p>
    }
    .into_any();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title>"Mailbox · Genkan"</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=stylesheet/>
            </head>
            <body>
                <main class="main" id="main">
                    <Page plate=plate::LETTER_BOX heading="Mailbox" head=lead>
                        {letters(mails)}
                    </Page>
                </main>
            </body>
        </html>
    }
}

fn letters(mails: Vec<RenderedMail>) -> AnyView {
    if mails.is_empty() {
        return view! { <p class="small">"No mail yet. Sign up, and there will be one."</p> }
            .into_any();
    }
    let letters: Vec<_> = mails.into_iter().rev().map(letter).collect();
    view! { <ul class="letters">{letters}</ul> }.into_any()
}

fn letter(mail: RenderedMail) -> impl IntoView {
    let lines: Vec<_> = mail.text.lines().map(|line| line_view(line.to_owned())).collect();
    view! {
        <li class="letter">
            <h2>{mail.subject}</h2>
            <p class="small">"To " {mail.to}</p>
            <pre>{lines}</pre>
        </li>
    }
}

fn line_view(line: String) -> impl IntoView {
    if line.starts_with("http://") || line.starts_with("https://") {
        view! { <a href=line.clone()>{line.clone()}</a> "\n" }.into_any()
    } else {
        view! { {line} "\n" }.into_any()
    }
}
