//! The links between the pages that are about the member.

use leptos::prelude::*;

use crate::{
    i18n::{tr, use_locale},
    page_context::use_page,
    pages::{Nav, nav_links},
};

/// The pages about the member; the current one is marked.
#[component]
pub(crate) fn SettingsNav() -> impl IntoView {
    let locale = use_locale();
    let page = use_page();
    let links = nav_links(Nav::Settings).map(|(href, words)| {
        let current = (page.path() == href).then_some("page");
        view! { <li><a class="word" href=href aria-current=current>{words(locale)}</a></li> }
    });
    view! {
        <nav class="rooms" aria-label=tr!(locale, settings.label)>
            <ul>{links.collect_view()}</ul>
        </nav>
    }
}
