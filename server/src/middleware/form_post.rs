//! One answer in two shapes. A program gets JSON: what was done, or a problem (RFC 9457) with its status.
//! A browser that posts a plain form gets 303 to a page that says the same in words, with what was typed. If that
//! cannot be kept for the page, because it is too long or there is no room, the answer is the page itself.
//!
//! What a query asks to be [set aside](crate::middleware::set_aside) is not carried out.
//!
//! Leptos would otherwise redirect to the request's `Referer` with the error's text in the URL, which
//! anybody can craft. So it never sees either header: [`answer`] takes them off and does it here.

use std::time::Duration;

use app::{
    api::{Done, problem::Problem},
    page_state::{Flash, RefusedForm},
    ssr::{
        forms::{KEPT_FIELDS, form_page, page_of, query_of},
        guard::{Access, access_of},
        next::{log_in_then, path_on_this_site},
        status::forbid_storing,
        visitor::Visitor,
        wishes::{accepts_html, is_media_type},
    },
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::account::member::MemberId;
use http_body_util::LengthLimitError;
use tokio::time::timeout;

use crate::{
    answers::{problem_response, see_other},
    middleware::set_aside::{self, Wish},
    routes::page,
    state::Genkan,
};

const URLENCODED: &str = "application/x-www-form-urlencoded";
/// How long a form may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// The longest answer of a server function, in bytes.
const ANSWER_MAX: usize = 256 * 1024;

/// Answers a post to a server function in the shape that its sender reads.
pub(crate) async fn answer(State(state): State<Genkan>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let is_browser_form = accepts_html(&parts.headers);
    if !is_urlencoded(&parts) {
        return problem_response(&Problem::of_status(415));
    }
    let form = match timeout(BODY_WITHIN, to_bytes(body, usize::MAX)).await {
        Ok(Ok(form)) => form,
        Ok(Err(error)) => {
            let status = if is_over_the_limit(&error) { 413 } else { 400 };
            return problem_response(&Problem::of_status(status));
        }
        // Its sender's doing, and no failure of ours.
        Err(_) => return problem_response(&Problem::of_status(408)),
    };
    parts.headers.remove(header::REFERER);
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(URLENCODED));

    let posted = PostedForm::read(&parts, &form);
    let visitor = Visitor::of(&parts);
    if parts.extensions.get::<Known>().is_some() {
        visitor.make_known();
    }
    if let Some(wish) = Wish::of(&parts.uri) {
        return set_aside::answer(&state, parts, wish, posted).await;
    }
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, Body::from(form))).await;
    let (head, body) = response.into_parts();
    let Ok(body) = to_bytes(body, ANSWER_MAX).await else {
        return problem_response(&Problem::of_status(500));
    };
    let mut answer = match posted.read_answer(head.status, &body) {
        Answer::Done(done) => done_response(done, &body, &visitor, is_browser_form, &posted).await,
        Answer::Data => (StatusCode::OK, [json()], body).into_response(),
        Answer::Problem(problem) if is_browser_form && posted.has_page_for(&problem) => {
            let mut answer = back_to_form(&state, asked, problem.clone(), posted, &visitor).await;
            // The status does not say that it was refused; the log and the counters do, by this.
            answer.extensions_mut().insert(problem);
            answer
        }
        Answer::Problem(problem) => problem_response(&problem),
    };
    for (name, value) in &head.headers {
        if [header::SET_COOKIE, header::ALLOW].contains(name) {
            answer.headers_mut().append(name, value.clone());
        }
    }
    forbid_storing(answer.headers_mut());
    answer
}

enum Answer {
    Done(Done),
    Data,
    Problem(Problem),
}

async fn done_response(
    done: Done,
    body: &Bytes,
    visitor: &Visitor,
    is_browser_form: bool,
    posted: &PostedForm,
) -> Response {
    visitor.forget_form(&posted.function).await;
    // Who loads another page next reads the notice there; who stays has it in the answer.
    if (is_browser_form || done.to.is_some()) && done.notice.is_some() {
        visitor.leave_flash(&Flash { notice: done.notice, form: None }).await;
    }
    if is_browser_form {
        return see_other(&done.to.unwrap_or_else(|| posted.page()));
    }
    (StatusCode::OK, [json()], body.clone()).into_response()
}

/// To the form's page, which says what is wrong and holds what was typed.
async fn back_to_form(
    state: &Genkan,
    parts: Parts,
    problem: Problem,
    posted: PostedForm,
    visitor: &Visitor,
) -> Response {
    let is_signed_out = problem.is_signed_out();
    let to = if is_signed_out { log_in_then(&posted.page()) } else { posted.way_back() };
    let form = posted.refused_for(problem.clone());
    let flash = Flash { notice: None, form: Some(form.clone()) };
    if visitor.leave_flash(&flash).await {
        return see_other(&to);
    }
    if is_signed_out {
        return page::show_unkept(state, parts, &to, form).await;
    }
    let said = problem_response(&problem);
    let mut shown = page::show_in_place(state, parts, &to, form).await;
    // The page may have a failure of its own.
    if shown.status() == StatusCode::OK {
        *shown.status_mut() = said.status();
    }
    if let Some(seconds) = said.headers().get(header::RETRY_AFTER) {
        shown.headers_mut().insert(header::RETRY_AFTER, seconds.clone());
    }
    shown
}

/// Whose form a post is, by an access token of ours, be it expired. Says whose words they are, and grants
/// nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner(pub(crate) MemberId);

/// Marks a request that brings a token of ours, be it expired: no stranger's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known;

/// What a browser posted, without what must not be kept.
pub(crate) struct PostedForm {
    function: String,
    values: Vec<(String, String)>,
    /// The query of the form's page, which is not kept either
    query: Option<String>,
    member_id: Option<String>,
}

impl PostedForm {
    fn read(parts: &Parts, form: &Bytes) -> Self {
        let function = parts.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
        let fields: Vec<_> = url::form_urlencoded::parse(form).collect();
        let query = query_of(&function, |name| {
            fields.iter().find(|(field, _)| field == name).map(|(_, value)| &**value)
        });
        let mut values: Vec<(String, String)> = Vec::new();
        for (name, value) in fields {
            if KEPT_FIELDS.contains(&name.as_ref()) && values.iter().all(|(it, _)| *it != name) {
                values.push((name.into_owned(), value.into_owned()));
            }
        }
        let owner = parts.extensions.get::<Owner>().filter(|_| is_on_a_members_page(&function));
        let member_id = owner.map(|owner| owner.0.to_string());
        Self { function, values, query, member_id }
    }

    /// The page that holds the form, if it is one of ours.
    pub(crate) fn form_page(&self) -> Option<&'static str> {
        form_page(&self.function)
    }

    /// Whether only members see it.
    pub(crate) fn is_for_members(&self) -> bool {
        is_on_a_members_page(&self.function)
    }

    /// To be kept for this member.
    pub(crate) fn of_member(self, member_id: &str) -> Self {
        Self { member_id: Some(member_id.to_owned()), ..self }
    }

    /// As its page gets it.
    pub(crate) fn refused_for(self, problem: Problem) -> RefusedForm {
        let Self { function, values, member_id, .. } = self;
        RefusedForm { member_id, function, values, problem }
    }

    /// The form's page, as its sender had it.
    pub(crate) fn way_back(&self) -> String {
        let page = self.page();
        match self.value("next").and_then(|next| path_on_this_site(Some(next))) {
            Some(next) if page == "/login" => log_in_then(&next),
            _ => page,
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    fn read_answer(&self, status: StatusCode, body: &Bytes) -> Answer {
        if status.is_success() {
            let done =
                form_page(&self.function).and_then(|_| serde_json::from_slice::<Done>(body).ok());
            return done.map_or(Answer::Data, Answer::Done);
        }
        let problem = serde_json::from_slice(body);
        Answer::Problem(problem.unwrap_or_else(|_| Problem::of_status(status.as_u16())))
    }

    /// The form's page, with what it had in its query.
    fn page(&self) -> String {
        let page = page_of(&self.function);
        self.query.as_ref().map_or_else(|| page.to_owned(), |query| format!("{page}?{query}"))
    }

    /// What is no form of ours, or was not posted, has no page to go back to.
    fn has_page_for(&self, problem: &Problem) -> bool {
        match problem.status {
            404 => form_page(&self.function).is_some(),
            status => status != 405,
        }
    }
}

fn is_on_a_members_page(function: &str) -> bool {
    access_of(page_of(function)) == Access::Members
}

/// Whether a body was too long; else it was cut short, or its chunks are none.
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

fn is_urlencoded(parts: &Parts) -> bool {
    let Some(content_type) = parts.headers.get(header::CONTENT_TYPE) else { return true };
    content_type.to_str().is_ok_and(|value| is_media_type(value, URLENCODED))
}

fn json() -> (HeaderName, HeaderValue) {
    (header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
}
