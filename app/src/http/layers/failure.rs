//! Responses to everything that failed, whichever layer refused the request: browsers that accept HTML get a page with
//! the request's id, and programs get problem details (RFC 9457).

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use contract::Language;

use crate::{
    api::problem::{Problem, Reader},
    http::{
        accept::{HTML, accepts_html, is_media_type},
        fetch_metadata,
        layers::{
            identify::{Identity, for_error_page},
            inline_refresh::InlineRefresh,
        },
        request::ServerRequest,
        routes::page,
        site::Site,
    },
    i18n::locale_of,
};

/// Marks a response whose own words are for whoever watches the site, and for no member.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ForOperators;

/// Renders a refusal or failure as a page or as JSON.
pub(crate) async fn show(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let language: Language = parts.extensions.get().copied().unwrap_or_default();
    // `CONNECT` names no path, so it gets no page.
    let wants_page = accepts_html(&parts.headers) && parts.uri.path_and_query().is_some();
    let asked = wants_page.then(|| parts.clone());
    let reader = match fetch_metadata::site(&parts.headers) {
        Some(b"same-origin") => Reader::Page,
        _ => Reader::Program,
    };
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status().as_u16();
    let is_for_operators = response.extensions().get::<ForOperators>().is_some();
    if status < 400 || is_for_operators || is_page(response.headers()) {
        return response;
    }
    // The router's and the limits' own refusals become problems, too.
    let problem = response.extensions().get::<Problem>().cloned();
    let problem = problem.unwrap_or_else(|| Problem::of_status(status));
    let mut shown = match asked {
        Some(parts) => {
            let identity = response.extensions().get::<Identity>().copied();
            as_page(&site, parts, identity, &problem).await
        }
        None => as_json(&site, language, reader, problem),
    };
    *shown.status_mut() = response.status();
    keep(&response, &mut shown);
    shown
}

fn as_json(site: &Site, language: Language, reader: Reader, problem: Problem) -> Response {
    let words = problem.in_words(locale_of(language), reader, site.resources.password_min);
    let body = Json(words).into_response().into_body();
    let mut shown = problem.into_response();
    *shown.body_mut() = body;
    let content_type = HeaderValue::from_static("application/problem+json");
    shown.headers_mut().insert(header::CONTENT_TYPE, content_type);
    shown
}

async fn as_page(
    site: &Site,
    parts: Parts,
    identity: Option<Identity>,
    problem: &Problem,
) -> Response {
    let identity = match identity {
        Some(identity) => identity,
        None => for_error_page(&site.resources, &parts.headers).await,
    };
    let can_be_repeated = [Method::GET, Method::HEAD].contains(&parts.method);
    let request = ServerRequest { identity, ..ServerRequest::of(site, &parts) };
    page::show_failure(site, &request, problem, can_be_repeated)
}

/// Keeps a response's headers, such as `Allow` and cookies, and the extensions that the log and the counters read.
fn keep(response: &Response, shown: &mut Response) {
    if let Some(problem) = response.extensions().get::<Problem>() {
        shown.extensions_mut().insert(problem.clone());
    }
    if let Some(identity) = response.extensions().get::<Identity>() {
        shown.extensions_mut().insert(*identity);
    }
    if let Some(mark) = response.extensions().get::<InlineRefresh>() {
        shown.extensions_mut().insert(*mark);
    }
    let of_the_body = [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING];
    for (name, value) in response.headers() {
        if *name == header::SET_COOKIE {
            shown.headers_mut().append(name, value.clone());
        } else if !of_the_body.contains(name) {
            shown.headers_mut().insert(name, value.clone());
        }
    }
}

/// Returns whether an answer is a page.
pub(super) fn is_page(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| is_media_type(value, HTML))
}
