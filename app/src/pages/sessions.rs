//! `/settings/sessions`: where the member is signed in, and how each session ends: by itself, or now.

use leptos::prelude::*;

use crate::{
    api::{
        list_sessions::{SessionView, SessionsView, list_sessions},
        problem::NOT_FOUND,
    },
    components::{
        form::form_words, message::Message, page_head::PageHead, served::served,
        settings_nav::SettingsNav,
    },
    i18n::{Locale, date_words, tr, use_locale},
    page_state::CurrentFlash,
    pages::failure::ProblemPage,
    query::query_value,
};

/// The sessions page.
#[component]
pub(crate) fn SessionsPage() -> impl IntoView {
    let title = tr!(use_locale(), sessions.title);
    served(title, || {
        let before = query_value("before");
        async move {
            let is_first = before.is_none();
            let listed = match list_sessions(before).await {
                // Not a place in any list: this one begins at its beginning.
                Err(problem) if problem.status == 422 => list_sessions(None).await,
                listed => listed,
            };
            match listed {
                Ok(sessions) => view! { <Sessions sessions is_first/> }.into_any(),
                Err(problem) => view! { <ProblemPage problem/> }.into_any(),
            }
        }
    })
}

#[component]
fn Sessions(sessions: SessionsView, is_first: bool) -> impl IntoView {
    let locale = use_locale();
    let SessionsView { this, others, next } = sessions;
    view! {
        <div class="page">
            <PageHead
                plate="出入り"
                title=tr!(locale, sessions.title)
                heading=tr!(locale, sessions.heading)
            >
                <p class="lead">{tr!(locale, sessions.lead)}</p>
                <SettingsNav/>
            </PageHead>
            <div class="page-body">
                <Refusal/>
                <section class="part" aria-labelledby="here">
                    <h2 id="here">{tr!(locale, sessions.here)}</h2>
                    {this.map(|session| view! { <Session session is_here=true/> })}
                </section>
                <section class="part" aria-labelledby="elsewhere">
                    <h2 id="elsewhere">{tr!(locale, sessions.elsewhere)}</h2>
                    <Others others is_first/>
                    <OtherPages next is_first/>
                </section>
                <section class="part" aria-labelledby="everywhere">
                    <h2 id="everywhere">{tr!(locale, sessions.everywhere)}</h2>
                    <p class="soft">{tr!(locale, sessions.everywhere_text)}</p>
                    <form method="post" action="/api/logout_everywhere">
                        <button class="button quiet" type="submit">
                            {tr!(locale, sessions.everywhere)}
                        </button>
                    </form>
                </section>
            </div>
        </div>
    }
}

#[component]
fn Others(others: Vec<SessionView>, is_first: bool) -> impl IntoView {
    let locale = use_locale();
    if others.is_empty() && is_first {
        return view! { <p class="soft">{tr!(locale, sessions.none_elsewhere)}</p> }.into_any();
    }
    let others =
        others.into_iter().map(|session| view! { <li><Session session is_here=false/></li> });
    view! {
        <ul class="cards">{others.collect_view()}</ul>
        <form method="post" action="/api/end_other_sessions">
            <button class="button" type="submit">{tr!(locale, sessions.end_others)}</button>
        </form>
    }
    .into_any()
}

/// The ways through a list that is longer than a page.
#[component]
fn OtherPages(next: Option<String>, is_first: bool) -> impl IntoView {
    let locale = use_locale();
    view! {
        {(!is_first).then(|| view! {
            <p><a href="/settings/sessions" rel="external">{tr!(locale, sessions.newest)}</a></p>
        })}
        {next.map(|next| view! {
            <p>
                <a href=format!("/settings/sessions?before={next}") rel="external">
                    {tr!(locale, sessions.older)}
                </a>
            </p>
        })}
    }
}

/// One session, by what its member knows it again.
#[component]
fn Session(session: SessionView, is_here: bool) -> impl IntoView {
    let locale = use_locale();
    let name_id = format!("session-{}", session.id);
    let address = session.ip_address.clone();
    let replays = session.replays_from_elsewhere;
    let seen =
        if is_here { tr!(locale, time.now).to_owned() } else { ago(locale, session.seen_ago) };
    view! {
        <article class="card">
            <h3 id=name_id.clone()>{device(locale, &session)}</h3>
            <dl class="facts">
                <div>
                    <dt>{tr!(locale, sessions.seen)}</dt>
                    <dd><time datetime=session.seen_at.clone()>{seen}</time></dd>
                </div>
                <div>
                    <dt>{tr!(locale, sessions.signed_in)}</dt>
                    <dd>
                        <time datetime=session.signed_in_at.clone()>
                            {ago(locale, session.signed_in_ago)}
                        </time>
                    </dd>
                </div>
                <div>
                    <dt>{tr!(locale, sessions.ip_address)}</dt>
                    <dd>
                        {address.unwrap_or_else(|| tr!(locale, sessions.unknown_address).to_owned())}
                    </dd>
                </div>
                <div class="wide">
                    <dt>{tr!(locale, sessions.ends)}</dt>
                    <dd><time datetime=session.ends_at.clone()>{end(locale, &session)}</time></dd>
                </div>
            </dl>
            {(replays > 0).then(|| view! {
                <p class="problem">{tr!(locale, sessions.replays, count = replays)}</p>
            })}
            {(!is_here).then(|| view! {
                <form method="post" action="/api/end_session">
                    <input type="hidden" name="session_id" value=session.id/>
                    <button class="button quiet" type="submit" aria-describedby=name_id>
                        {tr!(locale, sessions.end)}
                    </button>
                </form>
            })}
        </article>
    }
}

/// Why nothing was ended: the forms have no fields for it to stand beside.
#[component]
fn Refusal() -> impl IntoView {
    let locale = use_locale();
    let CurrentFlash(flash) = expect_context();
    let words = flash.with_untracked(|flash| {
        let problem = &flash.as_ref()?.form.as_ref()?.problem;
        if problem.reason == NOT_FOUND {
            return Some(tr!(locale, sessions.not_found).to_owned());
        }
        form_words(locale, problem)
    });
    view! { <Message class="notice wrong" role="alert" words=Signal::stored(words)/> }
}

fn device(locale: Locale, session: &SessionView) -> String {
    match (session.browser.clone(), session.system.clone()) {
        (Some(browser), Some(system)) => {
            tr!(locale, sessions.device, browser = browser, system = system)
        }
        (Some(name), None) | (None, Some(name)) => name,
        (None, None) => tr!(locale, sessions.unknown_device).to_owned(),
    }
}

fn end(locale: Locale, session: &SessionView) -> String {
    let idle = span(locale, session.idle_timeout);
    if !session.is_remembered {
        let left = span(locale, session.ends_in);
        return tr!(locale, sessions.at_the_latest, idle = idle, left = left);
    }
    let (day, _time) = session.ends_at.split_once('T').unwrap_or_default();
    let date = date_words(locale, day);
    tr!(locale, sessions.until, date = date, idle = idle)
}

fn ago(locale: Locale, seconds: u64) -> String {
    if seconds < 60 {
        return tr!(locale, time.now).to_owned();
    }
    tr!(locale, time.ago, time = span(locale, seconds))
}

/// A span of time in words, to the nearest of its largest unit.
fn span(locale: Locale, seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let nearest = |unit: u64| (seconds + unit / 2) / unit;
    if nearest(MINUTE) < 1 {
        return tr!(locale, time.moment).to_owned();
    }
    if nearest(MINUTE) < 60 {
        return match nearest(MINUTE) {
            1 => tr!(locale, time.minute).to_owned(),
            count => tr!(locale, time.minutes, count = count),
        };
    }
    if nearest(HOUR) < 48 {
        return match nearest(HOUR) {
            1 => tr!(locale, time.hour).to_owned(),
            count => tr!(locale, time.hours, count = count),
        };
    }
    tr!(locale, time.days, count = nearest(DAY))
}
