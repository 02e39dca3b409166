//! Why a browser is not signed in, where that is news.

use axum::http::{HeaderMap, Uri, header, request::Parts};
use contract::paths::LOG_IN;
use domain::session::Refusal;

use crate::{
    http::{cookies, layers::identify::Identity, request::ServerRequest, site::Settings},
    page_context::Ended,
};

/// Why the session that this browser had is over: by its cookies, which go with this page; or if they are gone already,
/// by what was left for the log-in page, so that the other tabs, which come without them, say it as well. Or why there
/// is none, though a member has just logged in.
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

/// Whether the browser comes from a form that has set a cookie, and brings none. Links from those pages to others hide
/// where they lead from.
pub(crate) fn are_cookies_refused(headers: &HeaderMap, uri: &Uri, settings: &Settings) -> bool {
    let came_from = headers.get(header::REFERER).and_then(|url| url.to_str().ok());
    let form = came_from.and_then(|url| url.strip_prefix(settings.origin.as_str()));
    let Some(form) = form else { return false };
    let form = form.split(['?', '#']).next().unwrap_or_default();
    // The pages that those forms lead to, each with the forms.
    let forms: &[&str] = match uri.path() {
        "/signup/confirm" | "/signup" => &["/signup", "/api/signup"],
        // A members' page sends on to the log-in page.
        LOG_IN => &[LOG_IN, "/api/login"],
        // Once a mail is sent, the query says so, and no cookie is set.
        "/forgot" if uri.query().is_none() => &["/forgot", "/api/request_password_reset"],
        "/" => &[LOG_IN, "/api/login", "/reset", "/api/reset_password"],
        _ => &[],
    };
    forms.contains(&form) && cookies::has_none(headers)
}
