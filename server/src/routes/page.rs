//! Renders a page: finds out what it has to know, and lets Leptos render it whole, so that its status is
//! right and it needs no script to be complete.

use app::{
    api::problem::Problem,
    page_state::{
        ConfirmStage, Failure, Flash, InPlace, PageState, PendingConfirmation, RefusedForm, Unkept,
    },
    session::{COOKIES_REFUSED, Viewer},
    shell,
    ssr::{cookies, identity::Identity, status::forbid_storing, visitor::Visitor},
};
use axum::{
    body::Body,
    extract::{Query, Request, State},
    http::{Method, header, request::Parts},
    response::Response,
};
use domain::{
    account::{
        confirm_email::{Linked, follow_link},
        member::{Locale, MemberId},
    },
    session::{EndReason, Lifetimes, Refusal, authenticate::Authenticated},
};
use leptos::prelude::provide_context;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::{
    answers::see_other, fetch_metadata::is_speculative, middleware::context::RequestId,
    state::Genkan,
};

const CONFIRM: &str = "/signup/confirm";
const LOG_IN: &str = "/login";

#[derive(Deserialize, Default)]
struct ConfirmQuery {
    link: Option<String>,
    sent: Option<String>,
}

/// Shows the page that was asked for.
pub(crate) async fn show(State(state): State<Genkan>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    // A page that is only fetched ahead says nothing of what the next one is to say.
    if is_speculative(&parts.headers) {
        let page = about(&state, &parts, page_state(&state, &parts)).await;
        return render(&state, page, parts, Place::Own).await;
    }
    let visitor = Visitor::of(&parts);
    let flash = visitor.flash(parts.uri.path(), viewer_of(&parts)).await;
    // Who asks by HEAD does not see it.
    if parts.method == Method::GET
        && let Some(said) = &flash
    {
        visitor.forget_said(said).await;
    }
    let ended = ended(&state, &parts, &visitor).await;
    // Who comes back to a form has been told; what is wrong with the form matters now, and has the focus.
    let is_at_a_form = flash.as_ref().is_some_and(|flash| flash.form.is_some());
    let ended = ended.filter(|_| !is_at_a_form).map(str::to_owned);
    let page = PageState { flash, ended, ..page_state(&state, &parts) };
    let page = about(&state, &parts, page).await;
    render(&state, page, parts, Place::Own).await
}

/// Shows the page at `to` as the answer to a post whose form cannot be kept for it. Nothing that was typed is lost.
pub(crate) async fn show_in_place(
    state: &Genkan,
    mut parts: Parts,
    to: &str,
    form: RefusedForm,
) -> Response {
    if let Ok(uri) = to.parse() {
        parts.uri = uri;
    }
    parts.method = Method::GET;
    for header in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        parts.headers.remove(header);
    }
    let flash = Some(Flash { notice: None, form: Some(form) });
    let page = PageState { flash, ..page_state(state, &parts) };
    let page = about(state, &parts, page).await;
    answer_with(state, page, parts, Place::AnotherPages).await
}

/// Shows what was typed into a form that cannot be kept for a log-in, to be copied before it; `to` is the log-in page.
pub(crate) async fn show_unkept(
    state: &Genkan,
    parts: Parts,
    to: &str,
    form: RefusedForm,
) -> Response {
    if form.values.is_empty() {
        return see_other(to);
    }
    let unkept = Unkept { log_in: to.to_owned(), values: form.values };
    let page = page_state(state, &parts);
    let mut shown = answer_with(state, page, parts, Place::Unkept(unkept)).await;
    shown.extensions_mut().insert(form.problem);
    shown
}

/// What the page at this path is about, besides who looks at it.
async fn about(state: &Genkan, parts: &Parts, mut page: PageState) -> PageState {
    if parts.uri.path() == CONFIRM {
        match pending_confirmation(state, parts, &Visitor::of(parts)).await {
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
    page
}

/// Shows that something cannot be shown.
pub(crate) async fn show_failure(
    state: &Genkan,
    failure: Failure,
    request: Request<Body>,
) -> Response {
    let (parts, _) = request.into_parts();
    let page = PageState { failure: Some(failure), ..page_state(state, &parts) };
    answer_with(state, page, parts, Place::AnotherPages).await
}

/// Why the session is over that this browser had: by its cookies, which go with this page; or if they are gone
/// already, by what was left for the log-in page. So the other tabs, which come without them, say it as well. Or
/// why there is none, though somebody has just logged in.
async fn ended(state: &Genkan, parts: &Parts, visitor: &Visitor) -> Option<&'static str> {
    let now = OffsetDateTime::now_utc();
    let reason = match Identity::of(&parts.extensions) {
        Identity::Nobody(Refusal::Ended(reason)) => {
            visitor.leave_end(reason, now).await;
            Some(reason)
        }
        Identity::Nobody(_) if parts.uri.path() == LOG_IN => visitor.end(now).await,
        _ => None,
    };
    let refused = || are_cookies_refused(state, parts).then_some(COOKIES_REFUSED);
    reason.map(EndReason::as_str).or_else(refused)
}

/// Whether the browser comes from a form that has given it a cookie, and brings none. No link leads from those
/// pages to another one without hiding where it comes from.
fn are_cookies_refused(state: &Genkan, parts: &Parts) -> bool {
    let came_from = parts.headers.get(header::REFERER).and_then(|url| url.to_str().ok());
    let origin = state.config.public_url.origin();
    let Some(form) = came_from.and_then(|url| url.strip_prefix(origin)) else { return false };
    let form = form.split(['?', '#']).next().unwrap_or_default();
    // A members' page sends on to the log-in page.
    let forms: &[&str] = match parts.uri.path() {
        CONFIRM => &["/signup", "/api/signup"],
        LOG_IN => &[LOG_IN, "/api/login"],
        "/signup" => &["/signup", "/api/signup"],
        // What was sent is said by the query, and sets no cookie.
        "/forgot" if parts.uri.query().is_none() => &["/forgot", "/api/request_password_reset"],
        "/" => &[LOG_IN, "/api/login", "/reset", "/api/reset_password"],
        _ => &[],
    };
    forms.contains(&form) && cookies::has_none(&parts.headers)
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
        let stage = match waiting {
            Some(_) => ConfirmStage::EnterCode,
            None if query.0.sent.is_some() => ConfirmStage::OpenLink,
            None => return Ok(None),
        };
        let email = waiting.map_or_else(String::new, |it| it.email.as_str().to_owned());
        return Ok(Some(PendingConfirmation { stage, email, link: None }));
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

/// Where a page is shown.
#[derive(Clone)]
enum Place {
    /// Under its own address
    Own,
    /// In the place of another answer, whose address the browser shows
    AnotherPages,
    /// The same, with nothing but what was typed
    Unkept(Unkept),
}

/// An answer that is a page, and nobody keeps.
async fn answer_with(state: &Genkan, page: PageState, parts: Parts, place: Place) -> Response {
    let mut response = render(state, page, parts, place).await;
    forbid_storing(response.headers_mut());
    response
}

async fn render(state: &Genkan, page: PageState, parts: Parts, place: Place) -> Response {
    let (ports, options) = (state.ports.clone(), state.leptos.clone());
    let request = Request::from_parts(parts, Body::empty());
    let provide = move || {
        provide_context(ports.clone());
        provide_context(page.clone());
        match &place {
            Place::Own => {}
            Place::AnotherPages => provide_context(InPlace),
            Place::Unkept(unkept) => {
                provide_context(InPlace);
                provide_context(unkept.clone());
            }
        }
    };
    leptos_axum::render_app_async_with_context(provide, move || shell(options.clone()))(request)
        .await
}
