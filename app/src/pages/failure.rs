//! Pages that cannot be shown, said in words and with the status that they have.

use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};

use crate::{
    api::problem::Problem,
    components::page_head::PageHead,
    i18n::{tr, use_locale},
    page_state::Failure,
};

/// There is no such page.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    not_found(None)
}

fn not_found(request_id: Option<String>) -> impl IntoView {
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
                {request_id_line(request_id)}
            </div>
        </div>
    }
}

/// A page could not get what it shows.
#[component]
pub(crate) fn ProblemPage(problem: Problem) -> impl IntoView {
    let here = use_location().pathname;
    Effect::new({
        let is_signed_out = problem.status == 401;
        move |_| {
            if is_signed_out {
                // The log-in page is the server's to render: it says why the session is over.
                let next = here.get_untracked();
                _ = window().location().assign(&format!("/login?next={next}"));
            }
        }
    });
    let failure = Failure { status: problem.status, reason: problem.reason, request_id: None };
    view! { <FailurePage failure/> }
}

/// A page that cannot be shown.
#[component]
pub(crate) fn FailurePage(failure: Failure) -> impl IntoView {
    let locale = use_locale();
    if failure.status == 404 {
        return not_found(failure.request_id).into_any();
    }
    answer_with(failure.status);
    let (heading, text) = match (failure.status, failure.reason.as_str()) {
        (0 | 503, "offline") => {
            (tr!(locale, problems.unavailable), tr!(locale, problems.unreachable))
        }
        (503, "busy") => (tr!(locale, problems.unavailable), tr!(locale, problems.busy)),
        (503, _) => (tr!(locale, problems.unavailable), tr!(locale, problems.store_unavailable)),
        (413, _) => (tr!(locale, problems.refused), tr!(locale, problems.too_large)),
        (403, "cross_site") => (tr!(locale, problems.refused), tr!(locale, problems.cross_site)),
        (400..500, _) => (tr!(locale, problems.refused), tr!(locale, problems.malformed)),
        _ => (tr!(locale, problems.internal), tr!(locale, problems.internal_text)),
    };
    view! {
        <div class="page">
            <PageHead plate="修繕" title=heading heading=heading>
                <p class="lead">{text}</p>
            </PageHead>
            <div class="page-body">
                <p class="actions">
                    <a class="button" href="" rel="external">{tr!(locale, problems.try_again)}</a>
                    " "
                    <a class="button quiet" href="/" rel="external">{tr!(locale, problems.back_home)}</a>
                </p>
                {request_id_line(failure.request_id)}
            </div>
        </div>
    }
    .into_any()
}

/// What the member can tell the staff, who find it in the logs.
fn request_id_line(id: Option<String>) -> impl IntoView {
    let locale = use_locale();
    id.map(|id| {
        view! {
            <p class="small">{tr!(locale, problems.request_id)} " " <code>{id}</code></p>
        }
    })
}

#[cfg(feature = "ssr")]
fn answer_with(status: u16) {
    crate::ssr::status::answer_with(status);
}

#[cfg(not(feature = "ssr"))]
fn answer_with(_status: u16) {}
