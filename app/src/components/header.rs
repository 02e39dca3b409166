//! The site's head, the same on every page: the brand, and the ways in or out.

use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};

use crate::{
    i18n::{tr, use_locale},
    session::use_session,
};

/// A page that comes from the log-in form without cookies says that the browser kept none. Who only follows one of
/// these links from there is not to read that.
const HIDDEN: &str = "no-referrer";

/// The site's head.
#[component]
pub(crate) fn Header() -> impl IntoView {
    let locale = use_locale();
    let is_member = use_session().with_untracked(|session| session.viewer().is_some());
    view! {
        <header class="masthead">
            <A href="/" attr:class="brand" attr:referrerpolicy=HIDDEN attr:aria-label=tr!(locale, site.home)>
                <svg viewBox="0 0 24 24" aria-hidden="true">
                    <path d="M1 3h22v2H1zM3 6h5.5v13H3zM9.25 6h5.5v15h-5.5zM15.5 6H21v13h-5.5z"></path>
                </svg>
                <b lang="ja">"玄関"</b>
                <span lang="en">"Genkan"</span>
            </A>
            <nav aria-label=tr!(locale, nav.label)>
                <ul>
                    {if is_member {
                        view! {
                            <li><NavLink href="/profile" words=tr!(locale, nav.profile)/></li>
                            <li><LogOut/></li>
                        }.into_any()
                    } else {
                        view! {
                            <li><NavLink href="/login" words=tr!(locale, nav.log_in)/></li>
                            <li><NavLink href="/signup" words=tr!(locale, nav.sign_up)/></li>
                        }.into_any()
                    }}
                </ul>
            </nav>
        </header>
    }
}

#[component]
fn NavLink(href: &'static str, words: &'static str) -> impl IntoView {
    let path = use_location().pathname;
    let current = Signal::derive(move || path.with(|path| path == href).then_some("page"));
    view! { <a class="word" href=href referrerpolicy=HIDDEN aria-current=current>{words}</a> }
}

/// A plain form, also when hydrated: the answer is a new page, and nothing of the member stays in memory.
#[component]
fn LogOut() -> impl IntoView {
    let locale = use_locale();
    view! {
        <form method="post" action="/api/logout">
            <button class="word" type="submit">{tr!(locale, nav.log_out)}</button>
        </form>
    }
}
