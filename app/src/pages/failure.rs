//! Pages that are shown in place of one that failed.

use axum::http::StatusCode;
use contract::Reason;
use leptos::prelude::*;

use crate::{
    api::problem::Problem,
    components::page::{Page, plate},
    i18n::{Locale, tr, use_locale},
    page_context::use_page,
    page_view::PageView,
    words::limit_words,
};

/// The page that says a problem in words, with its status. `can_be_repeated`: repeating the request is harmless.
pub(crate) fn failure_page(locale: Locale, problem: &Problem, can_be_repeated: bool) -> PageView {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let view = match status {
        StatusCode::NOT_FOUND => {
            PageView::new(tr!(locale, problems.not_found), || view! { <NotFoundPage/> })
        }
        _ => {
            let (heading, text) = words(locale, problem);
            PageView::new(heading, move || view! { <FailurePage heading text can_be_repeated/> })
        }
    };
    view.with_status(status)
}

fn words(locale: Locale, problem: &Problem) -> (&'static str, String) {
    let (heading, text) = match (problem.status, problem.reason) {
        (503, Reason::Busy) => (tr!(locale, problems.unavailable), tr!(locale, problems.busy)),
        (503, _) => (tr!(locale, problems.unavailable), tr!(locale, problems.store_unavailable)),
        (429, _) => {
            return (tr!(locale, problems.refused), limit_words(locale, problem.retry_after));
        }
        (413, _) => (tr!(locale, problems.refused), tr!(locale, problems.too_large)),
        (403, Reason::CrossSite) => {
            (tr!(locale, problems.refused), tr!(locale, problems.cross_site))
        }
        (400..500, _) => (tr!(locale, problems.refused), tr!(locale, problems.malformed)),
        _ => (tr!(locale, problems.internal), tr!(locale, problems.internal_text)),
    };
    (heading, text.to_owned())
}

#[component]
fn NotFoundPage() -> impl IntoView {
    let locale = use_locale();
    view! {
        <Page
            plate=plate::LOST
            heading=tr!(locale, problems.not_found)
            head=view! { <p class="lead">{tr!(locale, problems.not_found_text)}</p> }.into_any()
        >
            <p><a class="button" href="/">{tr!(locale, problems.back_home)}</a></p>
            <RequestId/>
        </Page>
    }
}

#[component]
fn FailurePage(heading: &'static str, text: String, can_be_repeated: bool) -> impl IntoView {
    let locale = use_locale();
    view! {
        <Page
            plate=plate::REPAIRS
            heading=heading
            head=view! { <p class="lead">{text}</p> }.into_any()
        >
            <p class="actions">
                {can_be_repeated.then(|| view! {
                    <a class="button" href="">{tr!(locale, problems.try_again)}</a>
                    " "
                })}
                <a class="button quiet" href="/">{tr!(locale, problems.back_home)}</a>
            </p>
            <RequestId/>
        </Page>
    }
}

/// The request's id, which a member can give to the staff, who find it in the logs.
#[component]
fn RequestId() -> impl IntoView {
    let locale = use_locale();
    let id = use_page().request_id.clone();
    view! {
        <p class="small">{tr!(locale, problems.request_id)} " " <code>{id}</code></p>
    }
}

#[cfg(test)]
mod tests {
    use contract::Language;

    use super::*;
    use crate::i18n::{locale_of, tag_of};

    /// The response of `deploy/haproxy` while no instance answers.
    const OF_BALANCER: &str = include_str!("../../../deploy/haproxy/unavailable.http");

    #[test]
    fn the_balancers_page_has_the_heading_of_ours_in_every_language() {
        for language in Language::ALL.iter().copied() {
            let locale = locale_of(language);
            let heading = format!(">{}</h", tr!(locale, problems.unavailable));
            assert!(OF_BALANCER.contains(&heading), "{heading}");
            assert!(OF_BALANCER.contains(&format!("lang=\"{}\"", tag_of(locale))));
        }
    }

    #[test]
    fn the_balancers_page_is_a_503_that_is_repeated_and_changes_no_cookie() {
        let (head, _) = OF_BALANCER.split_once("\n\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 503 "));
        assert!(head.contains("\nRetry-After: ") && head.contains("\nCache-Control: no-store"));
        assert!(!head.to_ascii_lowercase().contains("set-cookie"));
        // HAProxy's buffer.
        assert!(OF_BALANCER.len() < 15 * 1024);
    }
}
