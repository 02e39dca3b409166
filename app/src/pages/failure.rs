//! Pages that cannot be shown, said in words and with the status that they have.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    api::problem::{BUSY, CROSS_SITE, Problem},
    components::{form::limit_words, page_head::PageHead},
    i18n::{tr, use_locale},
    page_state::{Failure, use_page_state},
    token_keeper::log_in_and_come_back,
};

/// There is no such page.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    let locale = use_locale();
    answer_with(404);
    view! {
        <div class="page">
            <PageHead
                plate="迷子"
                title=tr!(locale, problems.not_found)
                heading=tr!(locale, problems.not_found)
            >
                <p class="lead">{tr!(locale, problems.not_found_text)}</p>
            </PageHead>
            <div class="page-body">
                <p><A href="/" attr:class="button">{tr!(locale, problems.back_home)}</A></p>
                <RequestId/>
            </div>
        </div>
    }
}

/// A page could not get what it shows.
#[component]
pub(crate) fn ProblemPage(problem: Problem) -> impl IntoView {
    let is_signed_out = problem.is_signed_out();
    Effect::new(move |_| {
        if is_signed_out {
            log_in_and_come_back();
        }
    });
    // The page is about to be left, and has nothing to say.
    (!is_signed_out).then(|| {
        let Problem { status, reason, retry_after, .. } = problem;
        let failure = Failure { status, reason, retry_after, can_be_repeated: true };
        view! { <FailurePage failure/> }
    })
}

/// A page that cannot be shown.
#[component]
pub(crate) fn FailurePage(failure: Failure) -> impl IntoView {
    let locale = use_locale();
    if failure.status == 404 {
        return view! { <NotFoundPage/> }.into_any();
    }
    answer_with(failure.status);
    let (heading, text) = match (failure.status, failure.reason.as_str()) {
        (0, _) => (tr!(locale, problems.unavailable), tr!(locale, problems.away)),
        (503, BUSY) => (tr!(locale, problems.unavailable), tr!(locale, problems.busy)),
        (503, _) => (tr!(locale, problems.unavailable), tr!(locale, problems.store_unavailable)),
        (429, _) => (tr!(locale, problems.refused), ""),
        (413, _) => (tr!(locale, problems.refused), tr!(locale, problems.too_large)),
        (403, CROSS_SITE) => (tr!(locale, problems.refused), tr!(locale, problems.cross_site)),
        (400..500, _) => (tr!(locale, problems.refused), tr!(locale, problems.malformed)),
        _ => (tr!(locale, problems.internal), tr!(locale, problems.internal_text)),
    };
    let text = match failure.status {
        429 => limit_words(locale, failure.retry_after),
        _ => text.to_owned(),
    };
    view! {
        <div class="page">
            <PageHead plate="修繕" title=heading heading=heading>
                <p class="lead">{text}</p>
            </PageHead>
            <div class="page-body">
                <p class="actions">
                    {failure.can_be_repeated.then(|| view! {
                        <a class="button" href="" rel="external">{tr!(locale, problems.try_again)}</a>
                        " "
                    })}
                    <a class="button quiet" href="/" rel="external">{tr!(locale, problems.back_home)}</a>
                </p>
                <RequestId/>
            </div>
        </div>
    }
    .into_any()
}

/// What the member can tell the staff, who find it in the logs.
#[component]
fn RequestId() -> impl IntoView {
    let locale = use_locale();
    let id = use_page_state().with_value(|state| state.request_id.clone());
    view! {
        <p class="small">{tr!(locale, problems.request_id)} " " <code>{id}</code></p>
    }
}

#[cfg(feature = "ssr")]
fn answer_with(status: u16) {
    crate::ssr::status::answer_with(status);
}

#[cfg(not(feature = "ssr"))]
fn answer_with(_status: u16) {}
