//! Keeps the tokens fresh in the browser without ever seeing one: they are HttpOnly cookies, and all that
//! is known here is what the server says about them.

use std::future::Future;

use crate::api::problem::Problem;

/// Calls a server function; if its access token has expired or its session is not live, refreshes and
/// calls once more. A refused refresh answers its own reason, which is the one that counts.
///
/// # Errors
/// The problem of the last call.
pub(crate) async fn call<T, F>(function: impl Fn() -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<T, Problem>>,
{
    match function().await {
        Err(problem) if is_healed_by_refresh(&problem) => {
            refresh().await?;
            function().await
        }
        answer => answer,
    }
}

/// To the log-in page, and from there back to this one. A full load: the page is the server's to render, and
/// says why the session is over.
#[cfg(feature = "hydrate")]
pub(crate) fn log_in_and_come_back() {
    let location = leptos::prelude::window().location();
    let here = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    let next = String::from(js_sys::encode_uri_component(&here));
    _ = location.assign(&format!("/login?next={next}"));
}

/// On the server the guards do it.
#[cfg(not(feature = "hydrate"))]
pub(crate) fn log_in_and_come_back() {}

fn is_healed_by_refresh(problem: &Problem) -> bool {
    problem.status == 401 && ["access_expired", "not_live"].contains(&problem.reason.as_str())
}

/// The server calls its own functions directly, with tokens that were fresh when the request began.
#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the browser's half awaits")]
async fn refresh() -> Result<(), Problem> {
    Ok(())
}

#[cfg(feature = "hydrate")]
async fn refresh() -> Result<(), Problem> {
    crate::post::post("/auth/refresh", "").await.map(drop)
}
