//! The ways between the pages that are about the member.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::i18n::{tr, use_locale};

/// The pages about the member; the one that is shown is marked. Full loads: see
/// [`served`](super::served).
#[component]
pub(crate) fn SettingsNav() -> impl IntoView {
    let locale = use_locale();
    let here = use_location().pathname.get_untracked();
    let link = move |href: &'static str, words: &'static str| {
        let current = (here == href).then_some("page");
        view! {
            <li><a class="word" href=href rel="external" aria-current=current>{words}</a></li>
        }
    };
    view! {
        <nav class="rooms" aria-label=tr!(locale, settings.label)>
            <ul>
                {link("/profile", tr!(locale, settings.profile))}
                {link("/settings/security", tr!(locale, settings.security))}
                {link("/settings/sessions", tr!(locale, settings.sessions))}
                {link("/settings/account", tr!(locale, settings.account))}
            </ul>
        </nav>
    }
}
