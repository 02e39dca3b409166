//! The values of a form that cannot be kept until its member has logged in, shown to be copied.

use axum::http::StatusCode;
use leptos::prelude::*;

use crate::{
    components::page::{Page, plate},
    i18n::{Locale, tr, use_locale},
    page_view::PageView,
    pages::profile::text_area_content,
    words::label_of,
};

/// The page with these values; `log_in` leads back to the form.
pub(crate) fn unkept_page(
    locale: Locale,
    log_in: String,
    values: Vec<(String, String)>,
) -> PageView {
    PageView::new(tr!(locale, problems.unkept), || view! { <UnkeptPage log_in values/> })
        .with_status(StatusCode::UNAUTHORIZED)
}

#[component]
fn UnkeptPage(log_in: String, values: Vec<(String, String)>) -> impl IntoView {
    let locale = use_locale();
    let typed = values
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| {
            let label = label_of(locale, &name)?;
            Some(view! {
                <div class="field">
                    <label for=name.clone()>{label}</label>
                    <textarea id=name rows="8" readonly inner_html=text_area_content(&value)></textarea>
                </div>
            })
        })
        .collect_view();
    view! {
        <Page
            plate=plate::REPAIRS
            heading=tr!(locale, problems.unkept)
            head=view! { <p class="lead">{tr!(locale, problems.unkept_text)}</p> }.into_any()
        >
            {typed}
            <p><a class="button" href=log_in>{tr!(locale, nav.log_in)}</a></p>
        </Page>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::FORMS;

    /// Kept fields that nobody types.
    const CHOSEN: [&str; 3] = ["locale", "next", "remember"];

    #[test]
    fn every_kept_field_that_is_typed_can_be_shown_with_its_label() {
        for field in FORMS.iter().flat_map(|form| form.keeps) {
            assert_eq!(label_of(Locale::en, field).is_none(), CHOSEN.contains(field), "{field}");
        }
    }
}
