//! The last word on everything that went wrong: who asked for a page gets one, in words, with the
//! request's id; a program keeps the problem as it is.

use app::{api::problem::Problem, page_state::Failure, ssr::form_post::accepts_html};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};

use crate::{middleware::context::RequestId, routes::page, state::Genkan};

/// Shows a page for a refusal or failure that has none.
pub(crate) async fn show(State(state): State<Genkan>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if !accepts_html(&parts) {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let mut again = Request::new(Body::empty());
    *again.uri_mut() = parts.uri.clone();
    *again.headers_mut() = parts.headers.clone();
    *again.extensions_mut() = parts.extensions.clone();
    let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.to_string());

    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status().as_u16();
    if status < 400 || is_page(response.headers()) {
        return response;
    }
    let reason = response.extensions().get::<Problem>().map(|problem| problem.reason.clone());
    let failure = Failure { status, reason: reason.unwrap_or_default(), request_id };
    let mut shown = page::show_failure(&state, failure, again).await;
    *shown.status_mut() = response.status();
    for (name, value) in response.headers() {
        let belongs_to_the_body =
            [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING].contains(name);
        if !belongs_to_the_body {
            shown.headers_mut().append(name, value.clone());
        }
    }
    shown
}

fn is_page(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("text/html"))
}
