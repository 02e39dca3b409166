//! The inline refresh: a document request or plain form post whose access token has expired or cannot be verified, or
//! whose session is not live, is refreshed on the way, without a redirect. Pages without scripts stay signed in, and no
//! form is lost.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{Extensions, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::session::{
    Client, Refusal,
    authenticate::Intent,
    refresh::{Verdict, refresh as refresh_session},
};
use time::OffsetDateTime;

use super::identify::{Identity, by_access_token};
use crate::{
    api::problem::Problem,
    http::{
        accept::accepts_html,
        cookies::{self, RequestTokens},
        fetch_metadata,
        site::Site,
    },
};

/// Marks a response whose cookies come from an inline refresh.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InlineRefresh;

/// Returns whether a refresh may help against the refusal.
pub(super) fn would_heal(extensions: &Extensions) -> bool {
    let is_refused_for_now = matches!(
        Identity::of(extensions),
        Identity::Nobody(Refusal::AccessExpired | Refusal::NotLive | Refusal::Invalid)
    );
    is_refused_for_now && refresh_token(extensions).is_some()
}

/// Refreshes if a page would otherwise be shown signed out.
pub(crate) async fn refresh(
    State(site): State<Arc<Site>>,
    mut request: Request,
    next: Next,
) -> Response {
    let extensions = request.extensions();
    let Some(presented) = refresh_token(extensions).filter(|_| is_due(&request)) else {
        return next.run(request).await;
    };
    let client = extensions.get::<Client>().cloned().unwrap_or_default();
    match refresh_session(&site.resources.session, presented, &client, OffsetDateTime::now_utc())
        .await
    {
        Ok(issued) => {
            let tokens = RequestTokens::issued(&issued);
            // Opening has already renewed the live session. The new access token counts as seen only once a browser
            // presents it, because this response may be lost.
            let identity = by_access_token(&site.resources, &tokens, Intent::Speculation).await;
            request.extensions_mut().insert(tokens);
            let mut response = run_as(identity, request, next).await;
            cookies::add(response.headers_mut(), cookies::session_cookies(&issued));
            response.extensions_mut().insert(InlineRefresh);
            response
        }
        Err(error) => match error.verdict() {
            Verdict::RemoveCookies(refusal) => run_ended(refusal, request, next).await,
            Verdict::KeepCookies(_) => next.run(request).await,
            Verdict::Limited(limited) => Problem::from(limited).into_response(),
            Verdict::Unavailable => run_as(Identity::Unknown, request, next).await,
        },
    }
}

/// Runs a request of an ended session. A page that says so removes the cookies; the redirect to the log-in page leaves
/// them to be read there.
async fn run_ended(refusal: Refusal, request: Request, next: Next) -> Response {
    let mut response = run_as(Identity::Nobody(refusal), request, next).await;
    if response.status() == StatusCode::OK {
        cookies::remove_session(response.headers_mut());
    }
    response
}

async fn run_as(identity: Identity, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(identity);
    let mut response = next.run(request).await;
    response.extensions_mut().insert(identity);
    response
}

fn refresh_token(extensions: &Extensions) -> Option<&str> {
    extensions.get::<RequestTokens>()?.presented().refresh
}

/// Returns whether this is a document request or a plain form post, by fetch metadata if present, else by `Accept`.
fn is_due(request: &Request) -> bool {
    would_heal(request.extensions())
        && [Method::GET, Method::POST].contains(request.method())
        && fetch_metadata::is_document(request.headers())
            .unwrap_or_else(|| accepts_html(request.headers()))
}
