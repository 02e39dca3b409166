//! `GET /dev/mailbox`: the mails of development and tests, kept instead of sent. Only there with
//! `DEV_MAILBOX=on`.

use app::ssr::{security::set_content_security_policy, status::forbid_storing};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};

use crate::{
    answers::problem_response,
    mail::RenderedMail,
    redis::{Mailbox, Redis},
};

/// All mails as JSON, newest last.
pub(crate) async fn json(State(redis): State<Redis>) -> Response {
    match Mailbox::new(redis).mails().await {
        Ok(mails) => not_stored(Json(mails).into_response()),
        Err(error) => problem_response(&error.into()),
    }
}

/// All mails as a page, newest first.
pub(crate) async fn page(
    State(redis): State<Redis>,
    State(options): State<LeptosOptions>,
    request: Request,
) -> Response {
    match Mailbox::new(redis).mails().await {
        Ok(mails) => {
            let document = move || document(options.clone(), mails.clone());
            not_stored(leptos_axum::render_app_async_with_context(|| {}, document)(request).await)
        }
        Err(error) => problem_response(&error.into()),
    }
}

/// A mail holds a code and an address.
fn not_stored(mut response: Response) -> Response {
    forbid_storing(response.headers_mut());
    response
}

fn document(options: LeptosOptions, mails: Vec<RenderedMail>) -> impl IntoView {
    provide_meta_context();
    set_content_security_policy(leptos::nonce::use_nonce().as_ref(), &options);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title>"Mailbox · Genkan"</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <HashedStylesheet options id="style"/>
                <MetaTags/>
            </head>
            <body>
                <main class="main" id="main">
                    <div class="page">
                        <header class="page-head">
                            <p class="plate" lang="ja" aria-hidden="true">"郵便受け"</p>
                            <h1>"Mailbox"</h1>
                            <p class="lead">
                                "Mails that the site would have sent, newest first. For development only."
                            </p>
                        </header>
                        <div class="page-body">{letters(mails)}</div>
                    </div>
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
