//! The last word on everything that went wrong: who asked for a page gets one, in words, with the
//! request's id; a program gets problem details (RFC 9457), whoever refused the request.

use app::{
    api::problem::Problem,
    page_state::Failure,
    ssr::{
        identity::Identity,
        wishes::{HTML, accepts_html, is_media_type},
    },
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};

use crate::{
    answers::problem_response,
    middleware::identify::{InlineRefresh, who_asks},
    routes::page,
    state::Genkan,
};

/// Gives a refusal or failure the shape that its receiver reads.
pub(crate) async fn show(State(state): State<Genkan>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // `CONNECT` names no path: there is no page to be shown in its place.
    if !accepts_html(&parts.headers) || parts.uri.path_and_query().is_none() {
        return as_problem(next.run(Request::from_parts(parts, body)).await);
    }
    let mut again = Request::new(Body::empty());
    *again.uri_mut() = parts.uri.clone();
    *again.headers_mut() = parts.headers.clone();
    *again.extensions_mut() = parts.extensions.clone();
    let can_be_repeated = [Method::GET, Method::HEAD].contains(&parts.method);

    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status().as_u16();
    if status < 400 || is_page(response.headers()) {
        return response;
    }
    let problem = response.extensions().get::<Problem>();
    let failure = Failure {
        status,
        reason: problem.map(|problem| problem.reason.clone()).unwrap_or_default(),
        retry_after: problem.and_then(|problem| problem.retry_after),
        can_be_repeated,
    };
    let identity = match response.extensions().get::<Identity>() {
        Some(identity) => *identity,
        None => who_asks(&state.ports, again.headers()).await,
    };
    again.extensions_mut().insert(identity);
    let mut shown = page::show_failure(&state, failure, again).await;
    *shown.status_mut() = response.status();
    keep(&response, &mut shown);
    shown
}

/// What our own routes refuse is a problem already; a router's or a limit's refusal becomes one.
fn as_problem(response: Response) -> Response {
    let status = response.status().as_u16();
    let is_problem = response.extensions().get::<Problem>().is_some();
    if status < 400 || is_problem || is_page(response.headers()) {
        return response;
    }
    let mut problem = problem_response(&Problem::of_status(status));
    keep(&response, &mut problem);
    problem
}

/// What an answer says besides its body, as `Allow` and its cookies, is said by the one in its place too; and it is
/// counted by the same reason.
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

/// Whether the answer is a page.
pub(super) fn is_page(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| is_media_type(value, HTML))
}
