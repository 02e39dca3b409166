//! Notices of a page, besides its content.

use contract::{EndReason, Notice, attributes};
use frontend::ConnectionLine;
use leptos::{attr::custom::custom_attribute, prelude::*};

use crate::{
    i18n::{Locale, tr, use_locale},
    page_context::{Ended, use_page},
};

/// The notice of an outcome, or else of the reason why the session is over. Screen readers do not announce what is there
/// when a page loads, so it gets the focus, unless a code was sent: then the field for it does.
#[component]
pub(crate) fn PageNotice() -> impl IntoView {
    let locale = use_locale();
    let page = use_page();
    let done = page.flash.notice.map(|notice| notice_words(locale, notice));
    let wants_focus = page.flash.notice != Some(Notice::CodeSent);
    let class =
        if page.flash.notice == Some(Notice::OtherMember) { "notice" } else { "notice done" };
    let ended = page.ended.filter(|_| done.is_none()).map(|ended| end_words(locale, ended));
    view! {
        <div role="status" id=attributes::PAGE_NOTICE>
            {done.map(|words| view! {
                <p class=class tabindex="-1" autofocus={wants_focus}>{words}</p>
            })}
            {ended.map(|words| view! { <p class="notice" tabindex="-1" autofocus>{words}</p> })}
        </div>
    }
}

/// A line that is shown while the site cannot be reached, or is of another version than the page. Its region is always
/// there: a screen reader announces changes in a region that it knows, not a region that appears.
#[component]
pub(crate) fn ConnectionNotice() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="slot" role="status">
            <ConnectionLine>
                <p class="offline" hidden {..custom_attribute(attributes::CONNECTION, attributes::OFFLINE)}>
                    {tr!(locale, problems.offline)}
                </p>
                <p class="offline" hidden {..custom_attribute(attributes::CONNECTION, attributes::AWAY)}>
                    {tr!(locale, problems.away)}
                </p>
                <p class="offline" hidden {..custom_attribute(attributes::CONNECTION, attributes::OUTDATED)}>
                    {tr!(locale, problems.outdated)}
                </p>
            </ConnectionLine>
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
        Notice::OtherMember => tr!(locale, notices.other_member),
    }
}

fn end_words(locale: Locale, ended: Ended) -> &'static str {
    match ended {
        Ended::CookiesRefused => tr!(locale, ends.cookies_refused),
        Ended::Session(reason) => match reason {
            EndReason::Logout => tr!(locale, ends.logout),
            EndReason::Revoked => tr!(locale, ends.revoked),
            EndReason::PasswordChanged => tr!(locale, ends.password_changed),
            EndReason::Idle => tr!(locale, ends.idle),
            EndReason::Absolute => tr!(locale, ends.absolute),
            EndReason::Reuse => tr!(locale, ends.reuse),
            EndReason::Suspended => tr!(locale, ends.suspended),
            EndReason::Deleted => tr!(locale, ends.deleted),
        },
    }
}
