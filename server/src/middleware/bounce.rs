//! The bounce: a member who follows a link on another site arrives without the refresh cookie, which is
//! `SameSite=Strict`. If the access token has expired meanwhile, the answer is a page that loads itself
//! anew: that second request is this site's own and carries the cookie.
//!
//! A redirect would not do: browsers count it to the site that began it. The page names no URL, so it
//! cannot be made to lead anywhere else; it sets and removes no cookie, and needs no marker against going
//! round, because the next request does not come from another site.

use app::ssr::{cookies::RequestTokens, identity::Identity, status::NO_STORE};
use axum::{
    http::{Method, request::Parts},
    response::{Html, IntoResponse, Response},
};
use domain::session::Refusal;

use crate::fetch_metadata;

const PAGE: &str = "<!doctype html>\n\
    <html lang=\"en\">\n\
    <head>\n\
    <meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
    <meta http-equiv=\"refresh\" content=\"0\">\n\
    <title>Genkan</title>\n\
    </head>\n\
    <body><p><a href=\"\">Continue</a></p></body>\n\
    </html>\n";

/// Whether the request is to be bounced: a link elsewhere was followed, and its access token is ours and has
/// expired. Who has none is never bounced, and a post is never: it was refused before.
pub(crate) fn is_due(parts: &Parts, identity: Identity, tokens: &RequestTokens) -> bool {
    parts.method == Method::GET
        && identity == Identity::Nobody(Refusal::AccessExpired)
        && tokens.presented().refresh.is_none()
        && fetch_metadata::site(&parts.headers) == Some(b"cross-site")
        && fetch_metadata::is_document(&parts.headers) == Some(true)
}

/// The page that loads itself anew.
pub(crate) fn page() -> Response {
    ([NO_STORE], Html(PAGE)).into_response()
}
