//! The site's foot: the language, and the small print.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::i18n::{Locale, tag_of, tr, use_locale};

/// The site's foot.
#[component]
pub(crate) fn Footer() -> impl IntoView {
    let locale = use_locale();
    let location = use_location();
    let here = Signal::derive(move || {
        Some(format!("{}{}", location.pathname.get(), query(&location.search.get())))
    });
    view! {
        <footer class="colophon">
            <form
                class="languages"
                method="post"
                action="/api/choose_locale"
                aria-label=tr!(locale, language.label)
            >
                <input type="hidden" name="next" value=here/>
                <Language language=Locale::en name=tr!(locale, language.en)/>
                <Language language=Locale::ja name=tr!(locale, language.ja)/>
            </form>
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

fn query(search: &str) -> String {
    match search.strip_prefix('?').unwrap_or(search) {
        "" => String::new(),
        search => format!("?{search}"),
    }
}
