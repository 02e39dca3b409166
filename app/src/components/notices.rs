//! What a page has to say besides itself. The live regions are always there and only their words come
//! and go: a screen reader announces changes in a region that it knows, not a region that appears.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    components::message::Message,
    i18n::{Locale, tr, use_locale},
    page_state::{CurrentFlash, Notice},
    session::{COOKIES_REFUSED, Session, use_session},
    token_keeper::{Connection, use_connection},
};

/// What went well, or else why the session is over.
#[component]
pub(crate) fn PageNotice() -> impl IntoView {
    let locale = use_locale();
    let CurrentFlash(flash) = expect_context();
    let ended = use_session().with_untracked(|session| match session {
        Session::SignedOut { ended } => end_words(locale, ended.as_deref()?),
        Session::SignedIn(_) => None,
    });
    let notice =
        Signal::derive(move || flash.with(|flash| flash.as_ref().and_then(|flash| flash.notice)));
    let done = move || notice.get().map(|notice| notice_words(locale, notice).to_owned());
    let path = use_location().pathname;
    let arrived_at = path.get_untracked();
    let ended = ended.filter(|_| notice.get_untracked().is_none());
    let over = move || {
        let is_new = notice.get().is_none() && path.with(|path| *path == arrived_at);
        ended.filter(|_| is_new).map(str::to_owned)
    };
    view! {
        <div role="status">
            <Message class="notice done" words=Signal::derive(done)/>
            <End words=Signal::derive(over)/>
        </div>
    }
}

/// Why the session is over. The page came without the member's doing, and what it comes with is not announced:
/// it gets the focus. That has to be said in the page as it comes, and nowhere else, so the browser's half
/// need not know of it.
#[cfg(feature = "ssr")]
#[component]
fn End(words: Signal<Option<String>>) -> impl IntoView {
    move || {
        words.get().map(|words| {
            view! { <p class="notice" tabindex="-1" autofocus>{words}</p> }
        })
    }
}

/// Takes over what came with the page.
#[cfg(not(feature = "ssr"))]
#[component]
fn End(words: Signal<Option<String>>) -> impl IntoView {
    view! { <Message class="notice" words/> }
}

/// A quiet line while the site cannot be reached. It goes away by itself.
#[component]
pub(crate) fn ConnectionNotice() -> impl IntoView {
    let locale = use_locale();
    let connection = use_connection();
    let words = move || match connection.get() {
        Connection::Fine => None,
        Connection::Offline => Some(tr!(locale, problems.offline).to_owned()),
        Connection::Away => Some(tr!(locale, problems.away).to_owned()),
    };
    view! {
        <div class="slot" role="status">
            <Message class="offline" words=Signal::derive(words)/>
        </div>
    }
}

fn notice_words(locale: Locale, notice: Notice) -> &'static str {
    match notice {
        Notice::LoggedOut => tr!(locale, notices.logged_out),
        Notice::Saved => tr!(locale, notices.saved),
        Notice::Confirmed => tr!(locale, notices.confirmed),
        Notice::ConfirmedLogIn => tr!(locale, notices.confirmed_log_in),
        Notice::CodeSent => tr!(locale, notices.code_sent),
        Notice::SessionEnded => tr!(locale, notices.session_ended),
        Notice::OthersEnded => tr!(locale, notices.others_ended),
        Notice::LoggedOutEverywhere => tr!(locale, notices.logged_out_everywhere),
        Notice::PasswordChanged => tr!(locale, notices.password_changed),
        Notice::PasswordChangedLogIn => tr!(locale, notices.password_changed_log_in),
        Notice::AccountDeleted => tr!(locale, notices.account_deleted),
    }
}

/// Why a session is over, in words.
fn end_words(locale: Locale, reason: &str) -> Option<&'static str> {
    Some(match reason {
        "logout" => tr!(locale, ends.logout),
        "revoked" => tr!(locale, ends.revoked),
        "password_changed" => tr!(locale, ends.password_changed),
        "idle" => tr!(locale, ends.idle),
        "absolute" => tr!(locale, ends.absolute),
        "reuse" => tr!(locale, ends.reuse),
        "suspended" => tr!(locale, ends.suspended),
        "deleted" => tr!(locale, ends.deleted),
        COOKIES_REFUSED => tr!(locale, ends.cookies_refused),
        _ => return None,
    })
}
