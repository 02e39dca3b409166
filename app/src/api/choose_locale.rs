//! `choose_locale`: the language of this browser.

use leptos::prelude::*;

use super::{Done, problem::Problem};

/// Keeps the language in a cookie and loads the page `next` anew.
#[server(prefix = "/api", endpoint = "choose_locale")]
pub async fn choose_locale(
    #[server(default)] locale: String,
    #[server(default)] next: Option<String>,
) -> Result<Done, Problem> {
    use crate::ssr::{cookies, next::page_on_this_site};
    use domain::{account::member::parse_language, fields::FieldErrors};

    let locale = parse_language(&locale).map_err(|problem| FieldErrors::one("locale", problem))?;
    cookies::keep_locale(locale);
    Ok(Done::go(page_on_this_site(next.as_deref()).unwrap_or_else(|| "/".to_owned())))
}
