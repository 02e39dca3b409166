//! The reason why a browser is not signed in, for a page that should say it.

use axum::http::{HeaderMap, Uri, header, request::Parts};
use contract::paths::LOG_IN;
use domain::session::Refusal;

use crate::{
    http::{cookies, layers::identify::Identity, request::ServerRequest, site::Settings},
    page_context::Ended,
};

/// The reason why this browser's session is over, or that the browser refuses the cookies of a form. The response removes
/// the cookies of an ended session, so the reason is left in the visitor session, for the log-in page in other tabs.
pub(crate) async fn reason(
    request: &ServerRequest,
    parts: &Parts,
    settings: &Settings,
) -> Option<Ended> {
    let end = match request.identity {
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
    end.map(Ended::Session).or_else(refused)
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
