//! `choose_locale`: the language of this browser.

use contract::SessionEffect;
use domain::{account::member::parse_language, fields::FieldErrors};
use serde::Deserialize;

use super::{Done, problem::Problem};
use crate::http::{
    cookies,
    forms::{Form, FormLimit},
    next::page_on_this_site,
    request::ServerRequest,
};

pub const CHOOSE_LOCALE: Form = Form {
    function: "choose_locale",
    page: "/",
    keeps: &[],
    session: SessionEffect::None,
    limit: FormLimit::Common,
    link: None,
    handler: |call| call.to(choose_locale),
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    locale: String,
    next: String,
}

/// Keeps the language in a cookie, and loads the page `next` again.
async fn choose_locale(_: ServerRequest, form: Fields) -> Result<Done, Problem> {
    let language =
        parse_language(&form.locale).map_err(|problem| FieldErrors::one("locale", problem))?;
    let next = page_on_this_site(Some(&form.next)).unwrap_or_else(|| "/".to_owned());
    Ok(Done::go(next).setting([cookies::locale_cookie(language)]))
}
