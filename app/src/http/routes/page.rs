//! Serves pages: loads a page's data, builds its context, and renders it.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{Method, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use domain::session::{Lifetimes, authenticate::Authenticated};

use crate::{
    api::problem::Problem,
    document::render,
    http::{
        answers::{NO_STORE, ask_to_wait, see_other},
        ended,
        fetch_metadata::is_speculative,
        layers::identify::Identity,
        next::{here, log_in_then},
        request::ServerRequest,
        routes::{auth_session::seconds_until, speculation_rules},
        site::Site,
    },
    page_context::{Flash, PageContext, RefusedForm, SignedIn, Viewer},
    page_view::PageView,
    pages::{self, failure::failure_page, unkept::unkept_page},
};

/// Shows the page at the request's path.
pub(crate) async fn show(State(site): State<Arc<Site>>, parts: Parts) -> Response {
    let request = ServerRequest::of(&site, &parts);
    let mut context = page_context(&site, &request);
    // A prefetched page does not use up notices that are shown once.
    if !is_speculative(&parts.headers) {
        let viewer = request.identity.member().ok().map(|who| who.session.member_id);
        let flash = request.visitor.flash(request.uri.path(), viewer).await;
        context.flash = flash.unwrap_or_default();
        // A response to HEAD does not show the flash.
        if parts.method == Method::GET {
            request.visitor.forget_said(&context.flash).await;
        }
        let ended = ended::reason(&request, &parts, &site.settings).await;
        // A member who comes back to a form has read the reason; now the form's problem matters, and has the focus.
        context.ended = ended.filter(|_| context.flash.form.is_none());
    }
    show_with(&site, request, context).await
}

/// Shows the page at `to` as the response to a post whose form cannot be stored. No input is lost.
pub(crate) async fn show_in_place(
    site: &Site,
    mut request: ServerRequest,
    to: &str,
    form: RefusedForm,
) -> Response {
    if let Ok(uri) = to.parse() {
        request.uri = uri;
    }
    let flash = Flash { notice: None, form: Some(form) };
    let context = PageContext { flash, answers_post: true, ..page_context(site, &request) };
    show_with(site, request, context).await
}

/// Shows the input of a form that cannot be kept until after a log-in, to be copied first; `to` is the log-in page.
pub(crate) fn show_unkept(
    site: &Site,
    request: &ServerRequest,
    to: &str,
    form: RefusedForm,
) -> Response {
    if form.values.is_empty() {
        return see_other(to);
    }
    let context = PageContext { answers_post: true, ..page_context(site, request) };
    let page = unkept_page(context.locale, to.to_owned(), form.values);
    answer(site, page, context)
}

/// Shows a problem in words. `can_be_repeated`: the request can safely be retried.
pub(crate) fn show_failure(
    site: &Site,
    request: &ServerRequest,
    problem: &Problem,
    can_be_repeated: bool,
) -> Response {
    let context = PageContext { answers_post: !can_be_repeated, ..page_context(site, request) };
    let page = failure_page(context.locale, problem, can_be_repeated);
    let mut response = answer(site, page, context);
    let status = response.status();
    ask_to_wait(response.headers_mut(), status, problem.retry_after);
    response
}

async fn show_with(site: &Site, request: ServerRequest, context: PageContext) -> Response {
    match pages::show(request.clone()).await {
        Ok(page) => answer(site, page, context),
        // The session ended after the guard had passed the request.
        Err(problem) if problem.is_signed_out() => see_other(&log_in_then(here(&context.uri))),
        Err(problem) => show_failure(site, &request, &problem, true),
    }
}

fn answer(site: &Site, page: PageView, context: PageContext) -> Response {
    let policy = (header::CONTENT_SECURITY_POLICY, site.assets.policy.clone());
    let headers = [NO_STORE, policy, speculation_rules::HEADER];
    let status = page.status;
    (status, headers, Html(render(page, context, &site.assets))).into_response()
}

fn page_context(site: &Site, request: &ServerRequest) -> PageContext {
    let viewer = match request.identity {
        Identity::Member(who) => Viewer::Member(signed_in(&who, &site.resources.session.lifetimes)),
        identity if identity.is_signed_out() => Viewer::Nobody,
        _ => Viewer::Unknown,
    };
    PageContext {
        uri: request.uri.clone(),
        locale: request.page_locale(),
        viewer,
        flash: Flash::default(),
        ended: None,
        answers_post: false,
        request_id: request.id.map_or_else(String::new, |id| id.0.to_string()),
        password_min: site.resources.password_min,
        is_insecure: !site.settings.keeps_secure_cookies,
    }
}

fn signed_in(who: &Authenticated, lifetimes: &Lifetimes) -> SignedIn {
    SignedIn {
        member_id: who.session.member_id.to_string(),
        session_id: who.claims.session_id.to_string(),
        access_left: seconds_until(who.claims.expires_at),
        access_lifetime: lifetimes.access.as_secs(),
        session_left: seconds_until(who.session.absolute_end),
        idle_left: who.idle_left.as_secs(),
        grace: lifetimes.grace.as_secs(),
    }
}
