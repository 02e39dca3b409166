//! The bounce: a member who follows a link on another site arrives without the refresh cookie, which is
//! `SameSite=Strict`. If the access token has expired meanwhile, or the front desk has forgotten the session, the
//! answer is a page that loads itself anew: that second request is this site's own and carries the cookie.
//!
//! A redirect would not do: browsers count it to the site that began it. The page names no URL, so it
//! cannot be made to lead anywhere else; it sets and removes no cookie, and needs no marker against going
//! round, because the next request does not come from another site.

use app::{
    i18n::{Locale, tr},
    ssr::{cookies::RequestTokens, identity::Identity, status::NO_STORE},
};
use axum::{
    http::{Method, request::Parts},
    response::{Html, IntoResponse, Response},
};
use domain::{account::member, session::Refusal};

use crate::fetch_metadata;

/// Whether the request is to be bounced: a link elsewhere was followed, and its access token is ours, but a refresh
/// is needed. Who has none is never bounced, and a post is never: it was refused before.
pub(crate) fn is_due(parts: &Parts, identity: Identity, tokens: &RequestTokens) -> bool {
    parts.method == Method::GET
        && matches!(identity, Identity::Nobody(Refusal::AccessExpired | Refusal::NotLive))
        && tokens.presented().refresh.is_none()
        && fetch_metadata::site(&parts.headers) == Some(b"cross-site")
        && fetch_metadata::is_document(&parts.headers) == Some(true)
}

/// The page that loads itself anew, for who asks in this language.
pub(crate) fn page(language: member::Locale) -> Response {
    let locale = match language {
        member::Locale::En => Locale::en,
        member::Locale::Ja => Locale::ja,
    };
    let (lang, title) = (language.as_str(), tr!(locale, site.name));
    let go_on = tr!(locale, bounce.go_on);
    let page = format!(
        "<!doctype html>\n\
        <html lang=\"{lang}\">\n\
        <head>\n\
        <meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <meta http-equiv=\"refresh\" content=\"0\">\n\
        <title>{title}</title>\n\
        </head>\n\
        <body><p><a href=\"\">{go_on}</a></p></body>\n\
        </html>\n"
    );
    ([NO_STORE], Html(page)).into_response()
}
