//! The reason why a browser is not signed in, for a page that should say it.

use axum::http::{HeaderMap, Uri, header, request::Parts};
use contract::paths::LOG_IN;
use domain::session::Refusal;

use crate::{
    http::{cookies, layers::identify::Identity, request::ServerRequest, site::Settings},
    page_context::Ended,
};

/// The reason why this browser's session is over, or why none began although a member has just logged in. An end is
/// known by the session's cookies, which this page removes. For other tabs, which then come without cookies, it is read
/// from the visitor session on the log-in page.
pub(crate) async fn news(
    request: &ServerRequest,
    parts: &Parts,
    settings: &Settings,
) -> Option<Ended> {
    let reason = match request.identity {
        Identity::Nobody(Refusal::Ended(reason)) => {
            request.visitor.leave_end(reason, request.now).await;
            Some(reason)
        }
        Identity::Nobody(_) if request.uri.path() == LOG_IN => {
            request.visitor.end(request.now).await
        }
        _ => None,
    };
    let refused = || {
        are_cookies_refused(&parts.headers, &parts.uri, settings).then_some(Ended::CookiesRefused)
    };
    reason.map(Ended::Session).or_else(refused)
}

/// Returns whether the browser comes from a form that has set a cookie, yet sends none. Ordinary links on those pages
/// send no `Referer`.
pub(crate) fn are_cookies_refused(headers: &HeaderMap, uri: &Uri, settings: &Settings) -> bool {
    let came_from = headers.get(header::REFERER).and_then(|url| url.to_str().ok());
    let form = came_from.and_then(|url| url.strip_prefix(settings.origin.as_str()));
    let Some(form) = form else { return false };
    let form = form.split(['?', '#']).next().unwrap_or_default();
    // The forms that lead to each page.
    let forms: &[&str] = match uri.path() {
        "/signup/confirm" | "/signup" => &["/signup", "/api/signup"],
        // A members' page redirects to the log-in page.
        LOG_IN => &[LOG_IN, "/api/login"],
        // After a mail was sent, there is a query, and no cookie is set.
        "/forgot" if uri.query().is_none() => &["/forgot", "/api/request_password_reset"],
        "/" => &[LOG_IN, "/api/login", "/reset", "/api/reset_password"],
        _ => &[],
    };
    forms.contains(&form) && cookies::has_none(headers)
}
