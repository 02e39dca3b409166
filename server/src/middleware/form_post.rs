//! One answer in two shapes. A program gets JSON: what was done, or a problem (RFC 9457) with its status.
//! A browser that posts a plain form gets 303 to a page that says the same in words, with what was typed.
//!
//! With `?keep=MEMBER` a post is kept for that member's next log-in, and not carried out: so the hydrated page
//! saves what was typed when the session turns out to be over.
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
        identity::Identity,
        next::{log_in_then, path_on_this_site},
        status::forbid_storing,
        visitor::Visitor,
        wishes::{accepts_html, is_media_type},
    },
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Query, Request},
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{member::MemberId, session::Refusal};
use serde::Deserialize;
use tokio::time::timeout;
use uuid::Uuid;

use crate::answers::{problem_response, see_other};

/// What is kept of one form, in bytes: anybody can have it kept, in the store that holds the sessions.
const KEPT_MAX: usize = 8 * 1024;
const URLENCODED: &str = "application/x-www-form-urlencoded";
/// How long a form may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// The longest answer of a server function, in bytes.
const ANSWER_MAX: usize = 256 * 1024;

/// Answers a post to a server function in the shape that its sender reads.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let is_browser_form = accepts_html(&parts.headers);
    if !is_urlencoded(&parts) {
        return problem_response(&Problem::of_status(415));
    }
    let form = match timeout(BODY_WITHIN, to_bytes(body, usize::MAX)).await {
        Ok(Ok(form)) => form,
        Ok(Err(_)) => return problem_response(&Problem::of_status(413)),
        // Its sender's doing, and no failure of ours.
        Err(_) => return problem_response(&Problem::of_status(408)),
    };
    parts.headers.remove(header::REFERER);
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(URLENCODED));

    let mut posted = PostedForm::read(&parts, &form);
    let visitor = Visitor::of(&parts);
    if let Ok(Query(Keep { keep: member_id })) = Query::try_from_uri(&parts.uri) {
        posted.member_id = Some(member_id.to_string());
        let refused = Identity::of(&parts.extensions).member().err();
        // Somebody is signed in already: the log-in page sends them on to the form.
        let problem = refused.unwrap_or_else(|| Refusal::NotLive.into());
        return back_to_form(problem, posted, &visitor).await;
    }
    let response = next.run(Request::from_parts(parts, Body::from(form))).await;
    let (head, body) = response.into_parts();
    let Ok(body) = to_bytes(body, ANSWER_MAX).await else {
        return problem_response(&Problem::of_status(500));
    };
    let mut answer = match posted.read_answer(head.status, &body) {
        Answer::Done(done) => done_response(done, &body, &visitor, is_browser_form, &posted).await,
        Answer::Data => (StatusCode::OK, [json()], body).into_response(),
        Answer::Problem(problem) if is_browser_form && posted.has_page_for(&problem) => {
            let mut answer = back_to_form(problem.clone(), posted, &visitor).await;
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
    if posted.member_id.is_some() {
        visitor.forget_form(&posted.function).await;
    }
    // Who loads another page next reads the notice there; who stays has it in the answer.
    if (is_browser_form || done.to.is_some()) && done.notice.is_some() {
        visitor.leave_flash(&Flash { notice: done.notice, form: None }).await;
    }
    if is_browser_form {
        return see_other(&done.to.unwrap_or_else(|| posted.page()));
    }
    (StatusCode::OK, [json()], body.clone()).into_response()
}

/// To the form's page, which says what is wrong and holds what was typed. If that cannot be kept for it, the
/// answer is the problem itself.
async fn back_to_form(problem: Problem, posted: PostedForm, visitor: &Visitor) -> Response {
    let page = posted.page();
    let to = match posted.value("next").and_then(|next| path_on_this_site(Some(next))) {
        _ if problem.is_signed_out() => log_in_then(&page),
        Some(next) if page == "/login" => log_in_then(&next),
        _ => page,
    };
    let answer = problem_response(&problem);
    let PostedForm { function, values, member_id, .. } = posted;
    let form = RefusedForm { member_id, function, values, problem };
    if visitor.leave_flash(&Flash { notice: None, form: Some(form) }).await {
        see_other(&to)
    } else {
        answer
    }
}

/// Says whose the words of a post are that is to be kept. The page says it, since the cookies may be gone, or be
/// somebody else's by now; who is named gets to see them, and that is all.
#[derive(Deserialize)]
struct Keep {
    keep: Uuid,
}

/// Whose form a post is, by an access token of ours, be it expired. Says whose words they are, and grants
/// nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner(pub(crate) MemberId);

/// What a browser posted, without what must not be kept.
struct PostedForm {
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
        let mut room = KEPT_MAX;
        let values = fields
            .into_iter()
            .filter(|(name, _)| KEPT_FIELDS.contains(&name.as_ref()))
            .take_while(|(_, value)| {
                let left = room.checked_sub(value.len());
                room = left.unwrap_or(0);
                left.is_some()
            })
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let is_a_members = access_of(page_of(&function)) == Access::Members;
        let owner = parts.extensions.get::<Owner>().filter(|_| is_a_members);
        let member_id = owner.map(|owner| owner.0.to_string());
        Self { function, values, query, member_id }
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

fn is_urlencoded(parts: &Parts) -> bool {
    let Some(content_type) = parts.headers.get(header::CONTENT_TYPE) else { return true };
    content_type.to_str().is_ok_and(|value| is_media_type(value, URLENCODED))
}

fn json() -> (HeaderName, HeaderValue) {
    (header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
}
