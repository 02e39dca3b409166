//! Posts to functions, and the one place where their outcome becomes a response. Programs, including the page's
//! scripts, get JSON: the result, or a problem (RFC 9457) with its status. A browser that posts a plain form gets 303
//! to a page that says the same in words, with the input. If the input cannot be kept for that page, because it is too
//! long or the store has no room, the response is the page itself.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use contract::paths;
use domain::limits::Limited;
use http_body_util::LengthLimitError;
use tokio::time::timeout;

use crate::{
    api::{DATA, Done, form_of, problem::Problem},
    http::{
        accept::{accepts_html, is_media_type},
        answers::{NO_STORE, ask_to_wait, discard_prefetched, forbid_storing, see_other},
        forms::{Call, Form},
        layers::limits,
        next::log_in_then,
        posted_form::PostedForm,
        request::ServerRequest,
        routes::page,
        set_aside::{self, Wish},
        site::Site,
    },
    page_context::Flash,
};

const URLENCODED: &str = "application/x-www-form-urlencoded";
/// The timeout for receiving a form.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// Handles a post to the function in the path.
pub(crate) async fn call(State(site): State<Arc<Site>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if !is_urlencoded(&parts.headers) {
        return Problem::of_status(415).into_response();
    }
    let fields = match read(body).await {
        Ok(fields) => fields,
        Err(status) => return Problem::of_status(status).into_response(),
    };
    let sender = Sender::of(&parts.headers);
    let request = ServerRequest::of(&site, &parts);
    let owner = request.owner();
    if owner.is_some() || request.brings_refresh_token() {
        request.visitor.make_known();
    }
    let wish = Wish::of(&request, &fields);
    let function = parts.uri.path().strip_prefix(paths::FUNCTIONS).unwrap_or_default();
    let posted = form_of(function).map(|form| PostedForm::new(form, &fields, owner));
    let mut answer = match (posted, wish) {
        (Some(posted), Some(wish)) => set_aside::answer(&site, request, wish, posted).await,
        (Some(posted), None) => {
            let limited = parts.extensions.get().copied();
            carry_out(&site, posted, limited, sender, Call { request, fields }).await
        }
        (None, _) => data(function, sender, Call { request, fields }).await,
    };
    forbid_storing(answer.headers_mut());
    discard_prefetched(answer.headers_mut());
    answer
}

/// The kind of client that sent a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// JSON
    Program,
    /// A page: a browser that posts a plain form
    Browser,
}

impl Sender {
    fn of(headers: &HeaderMap) -> Self {
        if accepts_html(headers) { Self::Browser } else { Self::Program }
    }
}

async fn carry_out(
    site: &Site,
    posted: PostedForm,
    limited: Option<Limited>,
    sender: Sender,
    call: Call,
) -> Response {
    // The handler consumes the request, which is also needed to return to the form.
    let asked = call.request.clone();
    let form = posted.form();
    let outcome = match limits::of_form(&site.resources, form, limited, &asked.client).await {
        Ok(()) => (form.handler)(call).await,
        Err(limited) => Err(limited.into()),
    };
    match (outcome, sender) {
        (Ok(done), sender) => done_response(done, form, &asked, sender).await,
        (Err(problem), Sender::Program) => problem.into_response(),
        (Err(problem), Sender::Browser) => back_to_form(site, asked, problem, posted).await,
    }
}

async fn done_response(
    mut done: Done,
    form: &Form,
    asked: &ServerRequest,
    sender: Sender,
) -> Response {
    asked.visitor.forget_form(form.function).await;
    if done.notice.is_some() {
        asked.visitor.leave_flash(&Flash { notice: done.notice, form: None }).await;
    }
    let cookies = std::mem::take(&mut done.cookies);
    let mut response = match sender {
        Sender::Program => Json(done).into_response(),
        Sender::Browser => see_other(&done.to),
    };
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Redirects to the form's page, which shows the problem and the input.
async fn back_to_form(
    site: &Site,
    asked: ServerRequest,
    problem: Problem,
    posted: PostedForm,
) -> Response {
    let is_signed_out = problem.is_signed_out();
    let to = if is_signed_out { log_in_then(&posted.page()) } else { posted.way_back() };
    let form = posted.refused_for(problem.clone());
    let flash = Flash { notice: None, form: Some(form.clone()) };
    let mut answer = if asked.visitor.leave_flash(&flash).await {
        see_other(&to)
    } else if is_signed_out {
        page::show_unkept(site, &asked, &to, form)
    } else {
        let mut shown = page::show_in_place(site, asked, &to, form).await;
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
        // Rendering the page may fail, too.
        if shown.status() == StatusCode::OK {
            *shown.status_mut() = status;
        }
        ask_to_wait(shown.headers_mut(), status, problem.retry_after);
        shown
    };
    // The status does not show that the form was refused, so the log and the counters read the problem from the
    // extensions.
    answer.extensions_mut().insert(problem);
    answer
}

async fn data(function: &str, sender: Sender, call: Call) -> Response {
    let Some(data) = DATA.iter().find(|data| data.function == function) else {
        return Problem::of_status(404).into_response();
    };
    match (data.handler)(call).await {
        Ok(data) => ([NO_STORE], Json(data)).into_response(),
        Err(problem) if sender == Sender::Browser && problem.is_signed_out() => {
            see_other(&log_in_then("/"))
        }
        Err(problem) => problem.into_response(),
    }
}

/// Reads a form. Returns the status of the refusal as the error.
async fn read(body: Body) -> Result<Vec<(String, String)>, u16> {
    match timeout(BODY_WITHIN, to_bytes(body, usize::MAX)).await {
        Ok(Ok(bytes)) => Ok(url::form_urlencoded::parse(&bytes).into_owned().collect()),
        Ok(Err(error)) if is_over_the_limit(&error) => Err(413),
        Ok(Err(_)) => Err(400),
        // Caused by the client, not a failure of the site.
        Err(_) => Err(408),
    }
}

/// Returns whether a body was too long. Otherwise it was cut short, or its chunks are malformed.
fn is_over_the_limit(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn is_urlencoded(headers: &HeaderMap) -> bool {
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else { return true };
    content_type.to_str().is_ok_and(|value| is_media_type(value, URLENCODED))
}
