//! Renders a page: finds out what it has to know, and lets Leptos render it whole, so that its status is
//! right and it needs no script to be complete.

use app::{
    api::problem::Problem,
    page_state::{Failure, PageState, PendingConfirmation, Viewer},
    shell,
    ssr::{identity::Identity, status::forbid_storing, visitor::Visitor},
};
use axum::{
    body::Body,
    extract::{Query, Request, State},
    http::request::Parts,
    response::Response,
};
use domain::{
    confirm_email::find_by_link,
    member::{Locale, MemberId},
};
use leptos::prelude::provide_context;
use serde::Deserialize;

use crate::{fetch_metadata::is_speculative, middleware::context::RequestId, state::Genkan};

const CONFIRM: &str = "/signup/confirm";

#[derive(Deserialize, Default)]
struct ConfirmQuery {
    link: Option<String>,
}

/// Shows the page that was asked for.
pub(crate) async fn show(State(state): State<Genkan>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut page = page_state(&state, &parts);
    let visitor = Visitor::of(&parts);
    // A page that is only fetched ahead must not use up what the next one is to say.
    if !is_speculative(&parts.headers) {
        page.flash = visitor.take_flash(parts.uri.path(), viewer_of(&parts)).await;
    }
    if parts.uri.path() == CONFIRM {
        match pending_confirmation(&state, &parts, &visitor).await {
            Ok(pending) => page.confirmation = pending,
            Err(problem) => {
                page.failure = Some(Failure {
                    status: problem.status,
                    reason: problem.reason,
                    can_be_repeated: true,
                });
            }
        }
    }
    render(&state, page, Request::from_parts(parts, body)).await
}

/// Shows that something cannot be shown.
pub(crate) async fn show_failure(
    state: &Genkan,
    failure: Failure,
    request: Request<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    let page = PageState { failure: Some(failure), ..page_state(state, &parts) };
    let mut response = render(state, page, Request::from_parts(parts, body)).await;
    forbid_storing(response.headers_mut());
    response
}

fn viewer_of(parts: &Parts) -> Option<MemberId> {
    Identity::of(&parts.extensions).member().ok().map(|who| who.session.member_id)
}

fn page_state(state: &Genkan, parts: &Parts) -> PageState {
    let identity = parts.extensions.get::<Identity>();
    let viewer = match identity {
        Some(Identity::Member(who)) => Some(Viewer {
            member_id: who.session.member_id.to_string(),
            session_id: who.claims.session_id.to_string(),
        }),
        _ => None,
    };
    let locale = parts.extensions.get::<Locale>().copied().unwrap_or_default();
    PageState {
        locale: locale.as_str().to_owned(),
        viewer,
        ended: identity.and_then(Identity::ended).map(|reason| reason.as_str().to_owned()),
        request_id: parts
            .extensions
            .get::<RequestId>()
            .map_or_else(String::new, |id| id.0.to_string()),
        password_min: state.config.password_min_length,
        is_insecure: !state.config.public_url.keeps_secure_cookies(),
        ..PageState::default()
    }
}

async fn pending_confirmation(
    state: &Genkan,
    parts: &Parts,
    visitor: &Visitor,
) -> Result<Option<PendingConfirmation>, Problem> {
    let query = Query::<ConfirmQuery>::try_from_uri(&parts.uri).unwrap_or_default();
    let (email, link) = match query.0.link {
        Some(token) => {
            let found = find_by_link(&state.ports, &token).await?;
            (found.map(|confirmation| confirmation.email), Some(token))
        }
        None => (visitor.confirmation().await?.map(|(_, email)| email), None),
    };
    Ok(email.map(|email| PendingConfirmation { email: email.as_str().to_owned(), link }))
}

async fn render(state: &Genkan, page: PageState, request: Request<Body>) -> Response {
    let (ports, options) = (state.ports.clone(), state.leptos.clone());
    let provide = move || {
        provide_context(ports.clone());
        provide_context(page.clone());
    };
    leptos_axum::render_app_async_with_context(provide, move || shell(options.clone()))(request)
        .await
}
