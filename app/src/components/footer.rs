//! The site's footer: the language, and the small print.

use leptos::prelude::*;

use crate::{
    api::choose_locale::CHOOSE_LOCALE,
    components::form::PlainForm,
    http::next::here,
    i18n::{Locale, tag_of, tr, use_locale},
    page_context::use_page,
};

/// The site's footer.
#[component]
pub(crate) fn Footer() -> impl IntoView {
    let locale = use_locale();
    view! {
        <footer class="colophon">
            <PlainForm form=&CHOOSE_LOCALE class="languages" label=tr!(locale, language.label)>
                <input type="hidden" name="next" value=here(&use_page().uri).to_owned()/>
                <Language language=Locale::en name=tr!(locale, language.en)/>
                <Language language=Locale::ja name=tr!(locale, language.ja)/>
            </PlainForm>
            <p>{tr!(locale, site.small_print)}</p>
        </footer>
    }
}

/// A language by its own name, whatever the page's language is.
#[component]
fn Language(language: Locale, name: &'static str) -> impl IntoView {
    let is_current = use_locale() == language;
    view! {
        <button
            class="word"
            type="submit"
            name="locale"
            value=tag_of(language)
            lang=tag_of(language)
            aria-current=is_current.then_some("true")
        >
            {name}
        </button>
    }
}
