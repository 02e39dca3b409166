//! What was typed into a form that cannot be kept until somebody has logged in: shown to be copied. Only the server
//! renders it.

use leptos::prelude::*;

use crate::{
    components::page_head::PageHead,
    i18n::{tr, use_locale},
    page_state::Unkept,
    pages::profile::text_area_content,
    ssr::status::answer_with,
};

/// Fields that nobody types.
const CHOSEN: &[&str] = &["locale", "next", "remember"];

/// What was typed, and the way to the log-in page.
#[component]
pub(crate) fn UnkeptPage(unkept: Unkept) -> impl IntoView {
    let locale = use_locale();
    answer_with(401);
    let Unkept { log_in, values } = unkept;
    let typed = values
        .into_iter()
        .filter(|(name, value)| !CHOSEN.contains(&name.as_str()) && !value.is_empty())
        .map(|(name, value)| {
            let label = match name.as_str() {
                "display_name" => tr!(locale, fields.display_name.label),
                "email" => tr!(locale, fields.email.label),
                _ => tr!(locale, fields.bio.label),
            };
            view! {
                <div class="field">
                    <label for=name.clone()>{label}</label>
                    <textarea id=name rows="8" readonly>{text_area_content(value)}</textarea>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class="page">
            <PageHead
                plate="修繕"
                title=tr!(locale, problems.unkept)
                heading=tr!(locale, problems.unkept)
            >
                <p class="lead">{tr!(locale, problems.unkept_text)}</p>
            </PageHead>
            <div class="page-body">
                {typed}
                <p><a class="button" href=log_in>{tr!(locale, nav.log_in)}</a></p>
            </div>
        </div>
    }
}
