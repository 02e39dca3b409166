//! Renders a page: finds out what it has to know, and lets Leptos render it whole, so that its status is
//! right and it needs no script to be complete.

use app::{
    api::problem::Problem,
    page_state::{ConfirmStage, Failure, PageState, PendingConfirmation},
    session::Viewer,
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
    authenticate::Authenticated,
    confirm_email::{Linked, follow_link},
    member::{Locale, MemberId},
    session::{EndReason, Lifetimes, Refusal},
};
use leptos::prelude::provide_context;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::{fetch_metadata::is_speculative, middleware::context::RequestId, state::Genkan};

const CONFIRM: &str = "/signup/confirm";
const LOG_IN: &str = "/login";

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
        let ended = ended(&parts, &visitor).await;
        // Who comes back to a form has been told; what is wrong with the form matters now, and has the focus.
        let is_at_a_form = page.flash.as_ref().is_some_and(|flash| flash.form.is_some());
        page.ended = ended.filter(|_| !is_at_a_form).map(|reason| reason.as_str().to_owned());
    }
    if parts.uri.path() == CONFIRM {
        match pending_confirmation(&state, &parts, &visitor).await {
            Ok(pending) => page.confirmation = pending,
            Err(problem) => {
                page.failure = Some(Failure {
                    status: problem.status,
                    reason: problem.reason,
                    retry_after: problem.retry_after,
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

/// Why the session is over that this browser had: by its cookies, which go with this page; or if they are gone
/// already, by what was left for the log-in page. So the other tabs, which come without them, say it as well.
async fn ended(parts: &Parts, visitor: &Visitor) -> Option<EndReason> {
    let now = OffsetDateTime::now_utc();
    match Identity::of(&parts.extensions) {
        Identity::Nobody(Refusal::Ended(reason)) => {
            visitor.leave_end(reason, now).await;
            Some(reason)
        }
        Identity::Nobody(_) if parts.uri.path() == LOG_IN => visitor.end(now).await,
        _ => None,
    }
}

fn viewer_of(parts: &Parts) -> Option<MemberId> {
    Identity::of(&parts.extensions).member().ok().map(|who| who.session.member_id)
}

fn page_state(state: &Genkan, parts: &Parts) -> PageState {
    let identity = Identity::of(&parts.extensions);
    let viewer = match identity {
        Identity::Member(who) => Some(viewer(&who, &state.ports.lifetimes)),
        _ => None,
    };
    let locale = parts.extensions.get::<Locale>().copied().unwrap_or_default();
    PageState {
        locale: locale.as_str().to_owned(),
        viewer,
        is_signed_out: identity.is_signed_out(),
        request_id: parts
            .extensions
            .get::<RequestId>()
            .map_or_else(String::new, |id| id.0.to_string()),
        password_min: state.config.password_min_length,
        is_insecure: !state.config.public_url.keeps_secure_cookies(),
        ..PageState::default()
    }
}

/// What the live session knows without asking Postgres: of a remembered one, the front desk's idle timeout, which
/// is shorter than its own.
fn viewer(who: &Authenticated, lifetimes: &Lifetimes) -> Viewer {
    let now = OffsetDateTime::now_utc();
    let until = |moment: OffsetDateTime| u64::try_from((moment - now).whole_seconds()).unwrap_or(0);
    Viewer {
        member_id: who.session.member_id.to_string(),
        session_id: who.claims.session_id.to_string(),
        role: who.session.role.as_str().to_owned(),
        access_expires_in: until(who.claims.expires_at),
        access_lifetime: lifetimes.access.as_secs(),
        session_expires_in: until(who.session.absolute_end),
        idle_expires_in: who.idle_left.as_secs(),
        refresh_grace: lifetimes.grace.as_secs(),
    }
}

async fn pending_confirmation(
    state: &Genkan,
    parts: &Parts,
    visitor: &Visitor,
) -> Result<Option<PendingConfirmation>, Problem> {
    let query = Query::<ConfirmQuery>::try_from_uri(&parts.uri).unwrap_or_default();
    let waiting = visitor.confirmation().await?;
    let Some(token) = query.0.link else {
        return Ok(waiting.map(|waiting| PendingConfirmation {
            stage: ConfirmStage::EnterCode,
            email: waiting.email.as_str().to_owned(),
            link: None,
        }));
    };
    Ok(match follow_link(&state.ports, &token).await? {
        Linked::Waiting(confirmation) => {
            let has_asked = waiting.is_some_and(|it| it.ids.contains(&confirmation.id));
            Some(PendingConfirmation {
                stage: if has_asked {
                    ConfirmStage::PressButton
                } else {
                    ConfirmStage::GivePassword
                },
                email: confirmation.email.as_str().to_owned(),
                link: Some(token),
            })
        }
        Linked::Confirmed => Some(PendingConfirmation {
            stage: ConfirmStage::Confirmed,
            email: String::new(),
            link: None,
        }),
        Linked::Replaced | Linked::Nothing => None,
    })
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
