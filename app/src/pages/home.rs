//! `/`: what the site is; to a member, a greeting.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::components::A;

use crate::{
    api::get_profile::ProfileView,
    components::{own_profile::OwnProfile, page_head::PageHead},
    i18n::{tr, use_locale},
    session::use_session,
};

/// The entrance.
#[component]
pub(crate) fn HomePage() -> impl IntoView {
    if use_session().with_untracked(|session| session.viewer().is_some()) {
        view! { <Welcome/> }.into_any()
    } else {
        view! { <Entrance/> }.into_any()
    }
}

#[component]
fn Entrance() -> impl IntoView {
    let locale = use_locale();
    view! {
        <Title text=tr!(locale, home.title)/>
        <Meta name="description" content=tr!(locale, home.description)/>
        <div class="hero">
            <div class="hero-words">
                <h1>
                    <span>{tr!(locale, home.heading)}</span>
                    " "
                    <span>{tr!(locale, home.heading_rest)}</span>
                </h1>
                <p class="lead">{tr!(locale, home.lead)}</p>
                <p class="actions">
                    <A href="/signup" attr:class="button">{tr!(locale, home.sign_up)}</A>
                    " "
                    <A href="/login" attr:class="button quiet">{tr!(locale, home.log_in)}</A>
                </p>
            </div>
            <p class="noren" lang="ja" aria-hidden="true">
                <span></span><span>"玄"</span><span>"関"</span><span></span>
            </p>
        </div>
        <section class="promises" aria-labelledby="promises">
            <h2 id="promises">{tr!(locale, home.promises)}</h2>
            <ol>
                <Promise
                    heading=tr!(locale, home.promise_logout)
                    text=tr!(locale, home.promise_logout_text)
                />
                <Promise
                    heading=tr!(locale, home.promise_restart)
                    text=tr!(locale, home.promise_restart_text)
                />
                <Promise
                    heading=tr!(locale, home.promise_scripts)
                    text=tr!(locale, home.promise_scripts_text)
                />
            </ol>
        </section>
    }
}

#[component]
fn Promise(heading: &'static str, text: &'static str) -> impl IntoView {
    view! { <li><h3>{heading}</h3><p>{text}</p></li> }
}

#[component]
fn Welcome() -> impl IntoView {
    let title = tr!(use_locale(), welcome.title);
    view! { <OwnProfile plate="玄関" title page=|profile| view! { <Greeting profile/> }.into_any()/> }
}

#[component]
fn Greeting(profile: ProfileView) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="page">
            <PageHead
                plate="玄関"
                title=tr!(locale, welcome.title)
                heading=tr!(locale, welcome.heading, name = profile.display_name)
            >
                <p class="lead">{tr!(locale, welcome.lead)}</p>
            </PageHead>
            <div class="page-body">
                <ul class="doors">
                    <li>
                        <A href="/profile">{tr!(locale, welcome.profile)}</A>
                        <p>{tr!(locale, welcome.profile_text)}</p>
                    </li>
                </ul>
            </div>
        </div>
    }
}
