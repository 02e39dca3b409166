//! The site's header, the same on every page: the brand, and the ways in or out.

use leptos::prelude::*;

use crate::{
    api::logout::LOGOUT,
    components::form::PlainForm,
    i18n::{tr, use_locale},
    page_context::{Viewer, use_page},
    pages::{Nav, nav_links},
};

/// Referrer policy of the header's links. A page that is reached without cookies from the page of a form says that the
/// browser refused them, which must not happen after one of these links.
const HIDDEN: &str = "no-referrer";

/// The site's header. If the server cannot tell who is signed in, it shows the member's, so that no member is told to
/// log in.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let locale = use_locale();
    let page = use_page();
    let (nav, is_member) = match page.viewer {
        Viewer::Nobody => (Nav::Visitors, false),
        Viewer::Member(_) | Viewer::Unknown => (Nav::Members, true),
    };
    let links = nav_links(nav).map(|(href, words)| {
        let current = (page.path() == href).then_some("page");
        view! {
            <li>
                <a class="word" href=href referrerpolicy=HIDDEN aria-current=current>{words(locale)}</a>
            </li>
        }
    });
    view! {
        <header class="masthead">
            <a class="brand" href="/" referrerpolicy=HIDDEN aria-label=tr!(locale, site.home)>
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M1 3h22v2H1zM3 6h5.5v13H3zM9.25 6h5.5v15h-5.5zM15.5 6H21v13h-5.5z"></path>
                </svg>
                <b lang="ja">"玄関"</b>
                <span lang="en">"Genkan"</span>
            </a>
            <nav aria-label=tr!(locale, nav.label)>
                <ul>
                    {links.collect_view()}
                    {is_member.then(|| view! {
                        <li>
                            <PlainForm form=&LOGOUT>
                                <button class="word" type="submit">{tr!(locale, nav.log_out)}</button>
                            </PlainForm>
                        </li>
                    })}
                </ul>
            </nav>
        </header>
    }
}
