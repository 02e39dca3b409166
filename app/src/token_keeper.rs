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
    // The browser has one thread; the types of `web_sys` do not know that the futures stay on it.
    send_wrapper::SendWrapper::new(post_refresh()).await
}

#[cfg(feature = "hydrate")]
async fn post_refresh() -> Result<(), Problem> {
    use crate::api::problem::{OFFLINE, UNAVAILABLE};
    use leptos::prelude::window;
    use wasm_bindgen::JsCast;
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Request, RequestInit, Response};

    let offline = |_| Problem::new(0, OFFLINE);
    let init = RequestInit::new();
    init.set_method("POST");
    // A page that is left must not take the answer's cookies with it.
    js_sys::Reflect::set(&init, &"keepalive".into(), &true.into()).map_err(offline)?;
    let request = Request::new_with_str_and_init("/auth/refresh", &init).map_err(offline)?;
    let response: Response = JsFuture::from(window().fetch_with_request(&request))
        .await
        .and_then(JsCast::dyn_into)
        .map_err(offline)?;
    if response.ok() {
        return Ok(());
    }
    let unreadable = |_| Problem::new(response.status(), UNAVAILABLE);
    let text = JsFuture::from(response.text().map_err(unreadable)?).await.map_err(unreadable)?;
    let problem = text.as_string().and_then(|text| serde_json::from_str(&text).ok());
    Err(problem.unwrap_or_else(|| Problem::new(response.status(), UNAVAILABLE)))
}
