//! `/`: presents the site to a visitor, and greets a member.

use domain::account::profile::read_profile;
use leptos::prelude::*;

use crate::{
    api::problem::Problem,
    components::page::{Page, plate},
    http::request::ServerRequest,
    i18n::{tr, use_locale},
    page_view::PageView,
};

pub(super) async fn show(request: ServerRequest) -> Result<PageView, Problem> {
    let locale = request.page_locale();
    let Ok(who) = request.identity.member() else {
        return Ok(PageView::new(tr!(locale, home.title), || view! { <Entrance/> })
            .described(tr!(locale, home.description)));
    };
    let member = read_profile(&request.resources, who.session.member_id).await?;
    let name = member.profile.display_name.as_str().to_owned();
    Ok(PageView::new(tr!(locale, welcome.title), || view! { <Greeting name/> }))
}

#[component]
fn Entrance() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="hero">
            <div class="hero-words">
                <h1>
                    <span>{tr!(locale, home.heading)}</span>
                    " "
                    <span>{tr!(locale, home.heading_rest)}</span>
                </h1>
                <p class="lead">{tr!(locale, home.lead)}</p>
                <p class="actions">
                    <a class="button" href="/signup">{tr!(locale, home.sign_up)}</a>
                    " "
                    <a class="button quiet" href="/login">{tr!(locale, home.log_in)}</a>
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
fn Greeting(name: String) -> impl IntoView {
    let locale = use_locale();
    view! {
        <Page
            plate=plate::GENKAN
            heading=tr!(locale, welcome.heading, name = name)
            head=view! { <p class="lead">{tr!(locale, welcome.lead)}</p> }.into_any()
        >
            <ul class="doors">
                <li>
                    <a href="/profile">{tr!(locale, welcome.profile)}</a>
                    <p>{tr!(locale, welcome.profile_text)}</p>
                </li>
                <li>
                    <a href="/settings/sessions">{tr!(locale, welcome.sessions)}</a>
                    <p>{tr!(locale, welcome.sessions_text)}</p>
                </li>
            </ul>
        </Page>
    }
}
