//! Forms that are kept instead of carried out, because the page has to be left: `?keep=MEMBER` for that member's next
//! log-in after the session has ended, `?locale=TAG` for the same page in another language. A form of another member's
//! page is kept for that member, too, so that nothing is done as the wrong one.
//!
//! Nothing is kept for a stranger until a log-in: the request must have a token of ours, even an old one, or one must
//! have come with the request that created the browser's record.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use contract::{Language, Notice, paths};
use domain::session::Refusal;
use uuid::Uuid;

use crate::{
    api::problem::Problem,
    http::{
        answers::see_other,
        cookies,
        next::{log_in_then, page_on_this_site},
        posted_form::PostedForm,
        request::ServerRequest,
        routes::page,
        site::Site,
    },
    page_context::Flash,
};

/// The hidden field of a member's form with the member that its page was rendered for.
pub(crate) const PAGE_MEMBER: &str = "page_member";

/// The wish to keep a form or to show it again instead of carrying it out.
pub(crate) enum Wish {
    /// Keep the form until this member logs in. The page names the member, because the cookies may be gone or another
    /// member's by now. The only effect is that the named member will see the form.
    Keep { member_id: String },
    /// Show it in this language
    ShowIn { language: String },
}

impl Wish {
    pub(crate) fn of(request: &ServerRequest, fields: &[(String, String)]) -> Option<Self> {
        let keep = request.query(paths::KEEP).map(|member_id| Self::Keep { member_id });
        keep.or_else(|| request.query(paths::LOCALE).map(|language| Self::ShowIn { language }))
            .or_else(|| {
                let (_, page) = fields.iter().find(|(name, _)| name == PAGE_MEMBER)?;
                signs_in_another(request, page).then(|| Self::Keep { member_id: page.clone() })
            })
    }
}

/// Returns whether somebody else than this member is signed in.
fn signs_in_another(request: &ServerRequest, member_id: &str) -> bool {
    request.identity.member().is_ok_and(|who| who.session.member_id.to_string() != member_id)
}

/// Keeps the form, and redirects to the page that shows it again.
pub(crate) async fn answer(
    site: &Site,
    request: ServerRequest,
    wish: Wish,
    posted: PostedForm,
) -> Response {
    match wish {
        Wish::Keep { member_id } => keep_until_log_in(site, request, &member_id, posted).await,
        Wish::ShowIn { language } => match Language::from_name(&language) {
            Some(language) => show_in(language, site, request, posted).await,
            None => Problem::of_status(422).into_response(),
        },
    }
}

async fn keep_until_log_in(
    site: &Site,
    request: ServerRequest,
    member_id: &str,
    posted: PostedForm,
) -> Response {
    let form = posted.form();
    let to = log_in_then(form.page);
    let member_id = Uuid::try_parse(member_id).ok().filter(|_| form.is_for_members());
    let Some(member_id) = member_id.map(|it| it.to_string()) else { return see_other(&to) };
    if !request.visitor.is_known().await {
        return see_other(&to);
    }
    // If a member is already signed in, the log-in page redirects to the form.
    let problem = request.identity.member().err().unwrap_or_else(|| Refusal::NotLive.into());
    let form = posted.of_member(&member_id).refused_for(problem.clone());
    let flash = Flash { notice: None, form: Some(form.clone()) };
    if request.visitor.leave_flash(&flash).await {
        if signs_in_another(&request, &member_id) {
            let notice = Some(Notice::OtherMember);
            request.visitor.leave_flash(&Flash { notice, form: None }).await;
        }
        return see_other(&to);
    }
    let mut shown = page::show_unkept(site, &request, &to, form);
    shown.extensions_mut().insert(problem);
    shown
}

async fn show_in(
    language: Language,
    site: &Site,
    request: ServerRequest,
    posted: PostedForm,
) -> Response {
    // With the page's query, such as the token of a mail's link.
    let here = page_on_this_site(request.query(paths::NEXT).as_deref())
        .filter(|here| here.split(['?', '#']).next() == Some(posted.form().page));
    let to = here.unwrap_or_else(|| posted.way_back());
    // Without a problem, a reason that no form shows.
    let problem = request.query(paths::PROBLEM);
    let problem = problem.and_then(|json| serde_json::from_str(&json).ok());
    let form = posted.refused_for(problem.unwrap_or_else(|| Refusal::NotLive.into()));
    let flash = Flash { notice: None, form: Some(form.clone()) };
    let mut answer = if request.visitor.leave_flash(&flash).await {
        see_other(&to)
    } else {
        let request = ServerRequest { locale: language, ..request };
        page::show_in_place(site, request, &to, form).await
    };
    answer.headers_mut().append(header::SET_COOKIE, cookies::locale_cookie(language));
    answer
}
