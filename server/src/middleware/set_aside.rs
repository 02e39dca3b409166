//! Forms that are kept and not carried out, because the page has to be left: `?keep=MEMBER` for that member's next
//! log-in, when the session turns out to be over; `?locale=TAG` for the same page in another language.
//!
//! For a stranger nothing is kept until a log-in: a token of ours has to come along, if only an old one, or must
//! have come along when the browser's record was written.

use app::{
    api::problem::Problem,
    page_state::Flash,
    ssr::{
        cookies,
        identity::Identity,
        next::{log_in_then, page_on_this_site},
        visitor::Visitor,
    },
};
use axum::{
    http::{Uri, header, request::Parts},
    response::Response,
};
use domain::{account::member::Locale, session::Refusal};
use url::form_urlencoded;
use uuid::Uuid;

use crate::{
    answers::{problem_response, see_other},
    middleware::form_post::PostedForm,
    routes::page,
    state::Genkan,
};

/// What the query asks for. The page says whose words they are, since the cookies may be gone, or be somebody else's
/// by now; who is named gets to see them, and that is all.
pub(crate) struct Wish {
    keep: Option<String>,
    locale: Option<String>,
    next: Option<String>,
}

impl Wish {
    /// What this address asks for, if it does.
    pub(crate) fn of(uri: &Uri) -> Option<Self> {
        let query = uri.query()?;
        let value = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
        };
        let wish = Self { keep: value("keep"), locale: value("locale"), next: value("next") };
        (wish.keep.is_some() || wish.locale.is_some()).then_some(wish)
    }
}

/// Keeps the form, and leads to where it is found again.
pub(crate) async fn answer(
    state: &Genkan,
    parts: Parts,
    wish: Wish,
    posted: PostedForm,
) -> Response {
    let Some(page) = posted.form_page() else {
        return problem_response(&Problem::of_status(404));
    };
    match wish {
        Wish { keep: Some(member_id), .. } => {
            keep_until_log_in(state, parts, &member_id, page, posted).await
        }
        Wish { locale, next, .. } => match Locale::from_name(&locale.unwrap_or_default()) {
            Some(locale) => {
                // With the query that the page had, as the token of a mail's link.
                let here = page_on_this_site(next.as_deref())
                    .filter(|here| here.split(['?', '#']).next() == Some(page));
                let to = here.unwrap_or_else(|| posted.way_back());
                show_in(locale, state, parts, &to, posted).await
            }
            None => problem_response(&Problem::of_status(422)),
        },
    }
}

async fn keep_until_log_in(
    state: &Genkan,
    parts: Parts,
    member_id: &str,
    page: &'static str,
    posted: PostedForm,
) -> Response {
    let to = log_in_then(page);
    let visitor = Visitor::of(&parts);
    let member_id = Uuid::try_parse(member_id).ok().filter(|_| posted.is_for_members());
    let Some(member_id) = member_id else { return see_other(&to) };
    if !visitor.is_known().await {
        return see_other(&to);
    }
    let refused = Identity::of(&parts.extensions).member().err();
    // Somebody is signed in already: the log-in page sends them on to the form.
    let problem = refused.unwrap_or_else(|| Refusal::NotLive.into());
    let form = posted.of_member(&member_id.to_string()).refused_for(problem);
    let flash = Flash { notice: None, form: Some(form.clone()) };
    if visitor.leave_flash(&flash).await {
        see_other(&to)
    } else {
        page::show_unkept(state, parts, &to, form).await
    }
}

async fn show_in(
    locale: Locale,
    state: &Genkan,
    mut parts: Parts,
    to: &str,
    posted: PostedForm,
) -> Response {
    // Nothing is wrong with it: this problem is one that no form says.
    let form = posted.refused_for(Refusal::NotLive.into());
    let flash = Flash { notice: None, form: Some(form.clone()) };
    let mut answer = if Visitor::of(&parts).leave_flash(&flash).await {
        see_other(to)
    } else {
        parts.extensions.insert(locale);
        page::show_in_place(state, parts, to, form).await
    };
    answer.headers_mut().append(header::SET_COOKIE, cookies::locale_cookie(locale));
    answer
}
