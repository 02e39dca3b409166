//! `/settings/sessions`: the browsers in which the member is signed in, with the end of each session and a button to
//! end it now.

use contract::Reason;
use leptos::prelude::*;

use crate::{
    api::{
        end_other_sessions::END_OTHER_SESSIONS,
        end_session::END_SESSION,
        list_sessions::{SessionView, SessionsView, own_sessions},
        logout_everywhere::LOGOUT_EVERYWHERE,
        problem::Problem,
    },
    components::{
        form::PlainForm,
        local_time::{LocalDate, machine_readable},
        page::{Page, plate},
        settings_nav::SettingsNav,
    },
    http::request::ServerRequest,
    i18n::{Locale, tr, use_locale},
    page_context::use_page,
    page_view::PageView,
    words::form_words,
};

pub(super) async fn show(request: ServerRequest) -> Result<PageView, Problem> {
    let before = request.query("before");
    let is_first = before.is_none();
    let sessions = match own_sessions(&request, before.as_deref()).await {
        // A malformed cursor: show the first page.
        Err(problem) if problem.status == 422 => own_sessions(&request, None).await?,
        listed => listed?,
    };
    let title = tr!(request.page_locale(), sessions.title);
    Ok(PageView::new(title, move || view! { <SessionsPage sessions is_first/> }))
}

#[component]
fn SessionsPage(sessions: SessionsView, is_first: bool) -> impl IntoView {
    let locale = use_locale();
    let SessionsView { this, others, next } = sessions;
    let head = view! {
        <p class="lead">{tr!(locale, sessions.lead)}</p>
        <SettingsNav/>
    };
    view! {
        <Page
            plate=plate::COMINGS_AND_GOINGS
            heading=tr!(locale, sessions.heading)
            head=head.into_any()
        >
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
                <PlainForm form=&LOGOUT_EVERYWHERE>
                    <button class="button quiet" type="submit">
                        {tr!(locale, sessions.everywhere)}
                    </button>
                </PlainForm>
            </section>
        </Page>
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
        <PlainForm form=&END_OTHER_SESSIONS class="apart">
            <button class="button quiet grave" type="submit">{tr!(locale, sessions.end_others)}</button>
        </PlainForm>
    }
    .into_any()
}

/// The links to the other pages of the list.
#[component]
fn OtherPages(next: Option<String>, is_first: bool) -> impl IntoView {
    let locale = use_locale();
    view! {
        {(!is_first).then(|| view! {
            <p><a href="/settings/sessions">{tr!(locale, sessions.newest)}</a></p>
        })}
        {next.map(|next| view! {
            <p>
                <a href=format!("/settings/sessions?before={next}")>
                    {tr!(locale, sessions.older)}
                </a>
            </p>
        })}
    }
}

/// One session, with what its member may recognise it by.
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
                    <dd><time datetime=machine_readable(session.seen_at)>{seen}</time></dd>
                </div>
                <div>
                    <dt>{tr!(locale, sessions.signed_in)}</dt>
                    <dd>
                        <time datetime=machine_readable(session.signed_in_at)>
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
                    <dd>{end(locale, &session)}</dd>
                </div>
            </dl>
            {(replays > 0).then(|| view! {
                <p class="problem">{tr!(locale, sessions.replays, count = replays)}</p>
            })}
            {(!is_here).then(|| view! {
                <PlainForm form=&END_SESSION>
                    <input type="hidden" name="session_id" value=session.id/>
                    <button class="button quiet" type="submit" aria-describedby=name_id>
                        {tr!(locale, sessions.end)}
                    </button>
                </PlainForm>
            })}
        </article>
    }
}

/// The reason why no session was ended, shown here because the forms have no fields.
#[component]
fn Refusal() -> impl IntoView {
    let locale = use_locale();
    let words = use_page().flash.form.as_ref().and_then(|form| match form.problem.reason {
        Reason::NotFound => Some(tr!(locale, sessions.not_found).to_owned()),
        _ => form_words(locale, &form.problem),
    });
    words.map(|words| {
        view! {
            <p class="notice wrong" role="alert" tabindex="-1" autofocus>{words}</p>
        }
    })
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

/// The time at which a session ends by itself. For a remembered session it is a date in the browser's time zone.
fn end(locale: Locale, session: &SessionView) -> AnyView {
    let idle = span(locale, session.idle_timeout);
    if !session.is_remembered {
        let left = span(locale, session.ends_in);
        return tr!(locale, sessions.at_the_latest, idle = idle, left = left).into_any();
    }
    let words = tr!(locale, sessions.until, date = "#", idle = idle);
    let (before, after) = words.split_once('#').unwrap_or_default();
    view! {
        {before.to_owned()}
        <LocalDate moment=session.ends_at/>
        {after.to_owned()}
    }
    .into_any()
}

fn ago(locale: Locale, seconds: u64) -> String {
    if seconds < 60 {
        return tr!(locale, time.now).to_owned();
    }
    tr!(locale, time.ago, time = span(locale, seconds))
}

/// A span of time in words, rounded to its largest unit.
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
