//! The bounce: a member who follows a link on another site arrives without the refresh cookie, which is
//! `SameSite=Strict`. If the access token has expired meanwhile, or the live-session store has forgotten the session,
//! the response is a page that reloads itself: that second request is same-site and carries the cookie.
//!
//! A redirect would not work, because browsers attribute it to the site that started the navigation. The page contains
//! no URL, so it cannot be made to lead elsewhere. It sets and removes no cookie, and needs no marker against loops,
//! because the next request is not cross-site.

use axum::{
    extract::Request,
    http::Method,
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use contract::Language;
use domain::session::Refusal;
use leptos::prelude::*;

use super::identify::Identity;
use crate::{
    html::html_of,
    http::{answers::NO_STORE, cookies::RequestTokens, fetch_metadata},
    i18n::{locale_of, tr},
};

/// Bounces a request that has to be repeated from this site.
pub(crate) async fn bounce(request: Request, next: Next) -> Response {
    if !is_due(&request) {
        return next.run(request).await;
    }
    let language = request.extensions().get().copied().unwrap_or_default();
    ([NO_STORE], Html(page(language))).into_response()
}

/// Returns whether a link on another site was followed with an access token of ours that needs a refresh. Browsers
/// without tokens are never bounced. Posts never get here: they were refused before.
pub(super) fn is_due(request: &Request) -> bool {
    let (headers, extensions) = (request.headers(), request.extensions());
    let has_refresh_token = extensions
        .get::<RequestTokens>()
        .is_some_and(|tokens| tokens.presented().refresh.is_some());
    request.method() == Method::GET
        && matches!(
            Identity::of(extensions),
            Identity::Nobody(Refusal::AccessExpired | Refusal::NotLive)
        )
        && !has_refresh_token
        && fetch_metadata::site(headers) == Some(b"cross-site")
        && fetch_metadata::is_document(headers) == Some(true)
}

fn page(language: Language) -> String {
    let locale = locale_of(language);
    html_of(view! {
        <!DOCTYPE html>
        <html lang=language.as_str()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta http-equiv="refresh" content="0"/>
                <title>{tr!(locale, site.name)}</title>
            </head>
            <body>
                <p><a href="">{tr!(locale, bounce.go_on)}</a></p>
            </body>
        </html>
    })
}
