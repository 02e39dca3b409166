//! A page that shows the member's own profile: waits for it, and says so if it cannot be had.

use leptos::prelude::*;

use crate::{
    api::{get_profile::ProfileView, problem::Problem},
    components::page_head::PageHead,
    i18n::{tr, use_locale},
    pages::failure::ProblemPage,
    token_keeper::{self, Connection, use_connection},
};

/// Shows `page` once the profile is there. Until then there is its head, with `title`.
#[component]
pub(crate) fn OwnProfile(
    plate: &'static str,
    title: &'static str,
    page: fn(ProfileView) -> AnyView,
) -> impl IntoView {
    let locale = use_locale();
    let connection = use_connection();
    let attempt = RwSignal::new(0);
    let answer = Resource::new_miniserde(
        move || attempt.get(),
        |_| async { Answer::from(token_keeper::call(read).await) },
    );
    // What could not be had for a moment is there with the connection.
    Effect::new(move |_| {
        let is_missing = |answer: &Answer| answer.problem.as_ref().is_some_and(Problem::is_passing);
        if connection.get() == Connection::Fine
            && answer.with_untracked(|answer| answer.as_ref().is_some_and(is_missing))
        {
            attempt.update(|attempt| *attempt += 1);
        }
    });
    let waiting = move || {
        view! {
            <div class="page">
                <PageHead plate title heading=title/>
                <div class="page-body"><p class="waiting" role="status">{tr!(locale, site.waiting)}</p></div>
            </div>
        }
    };
    view! {
        <Suspense fallback=waiting>
            {move || Suspend::new(async move {
                match answer.await {
                    Answer { profile: Some(profile), .. } => page(profile),
                    Answer { problem, .. } => {
                        let problem = problem.unwrap_or_else(Problem::unavailable);
                        view! { <ProblemPage problem/> }.into_any()
                    }
                }
            })}
        </Suspense>
    }
}

/// One of the two: the format that the page carries it in has no `Result`.
#[derive(Clone, miniserde::Serialize, miniserde::Deserialize)]
struct Answer {
    profile: Option<ProfileView>,
    problem: Option<Problem>,
}

impl From<Result<ProfileView, Problem>> for Answer {
    fn from(read: Result<ProfileView, Problem>) -> Self {
        match read {
            Ok(profile) => Self { profile: Some(profile), problem: None },
            Err(problem) => Self { profile: None, problem: Some(problem) },
        }
    }
}

#[cfg(feature = "hydrate")]
async fn read() -> Result<ProfileView, crate::post::Refused> {
    crate::post::post_form("/api/get_profile", "").await
}

#[cfg(not(feature = "hydrate"))]
async fn read() -> Result<ProfileView, Problem> {
    crate::api::get_profile::get_profile().await
}
