//! Posts to the server from the hydrated page, as a browser posts a form; the answer is JSON.

use std::time::Duration;

use leptos::prelude::window;
use miniserde::Deserialize;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, FormData, Headers, HtmlFormElement, Request, RequestInit, Response,
    UrlSearchParams,
};

use crate::{
    api::problem::{OFFLINE, Problem, UNAVAILABLE},
    session::PAGE_SESSION,
    token_keeper,
};

/// What browsers keep alive of a body, in bytes: 64 KiB in all (Fetch, "HTTP-network-or-cache fetch").
const KEPT_ALIVE_MAX: usize = 60_000;

/// What a form would post.
pub(crate) fn encode(form: &HtmlFormElement) -> Option<String> {
    let data = FormData::new_with_form(form).ok()?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    fields.to_string().as_string()
}

/// A post that was not carried out.
pub(crate) struct Refused {
    /// Why
    pub(crate) problem: Problem,
    /// When the server wants to be asked again
    pub(crate) retry_after: Option<Duration>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, retry_after: None }
    }
}

/// Posts `body` and reads the answer.
///
/// # Errors
/// The server's problem; `offline` if no answer came, `unavailable` if it is not ours.
pub(crate) async fn post_form<T: Deserialize>(path: &str, body: &str) -> Result<T, Refused> {
    // The browser has one thread; the types of `web_sys` do not know that the futures stay on it.
    let answer = SendWrapper::new(ask(path, body, None)).await?;
    miniserde::json::from_str(&answer).map_err(|_| Problem::new(503, UNAVAILABLE).into())
}

/// Posts `body`, until `signal` says to give up, and answers what came back. Without a signal the post outlives
/// the page, if it is small. It says whose page this is: what was typed by one member is not to be carried out
/// as another, who has logged in in another tab meanwhile.
///
/// # Errors
/// As [`post_form`].
pub(crate) async fn ask(
    path: &str,
    body: &str,
    signal: Option<&AbortSignal>,
) -> Result<String, Refused> {
    let offline = |_| Problem::new(0, OFFLINE);
    let headers = Headers::new().map_err(offline)?;
    headers.set("accept", "application/json").map_err(offline)?;
    headers.set("content-type", "application/x-www-form-urlencoded").map_err(offline)?;
    if let Some(id) = token_keeper::session_of_the_page() {
        headers.set(PAGE_SESSION, &id).map_err(offline)?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&body.into());
    init.set_signal(signal);
    // A page that is left must not take the answer's cookies with it. But what may be given up is not kept
    // alive: Chromium takes the cookies of such an answer though nobody waits for it any more.
    let keepalive = signal.is_none() && body.len() < KEPT_ALIVE_MAX;
    js_sys::Reflect::set(&init, &"keepalive".into(), &keepalive.into()).map_err(offline)?;
    let request = Request::new_with_str_and_init(path, &init).map_err(offline)?;
    let response: Response = JsFuture::from(window().fetch_with_request(&request))
        .await
        .and_then(JsCast::dyn_into)
        .map_err(offline)?;

    let not_ours = |_| Problem::new(503, UNAVAILABLE);
    let text = JsFuture::from(response.text().map_err(not_ours)?).await.map_err(not_ours)?;
    let text = text.as_string().unwrap_or_default();
    if response.ok() {
        return Ok(text);
    }
    let retry_after = response.headers().get("retry-after").ok().flatten();
    Err(Refused {
        problem: miniserde::json::from_str(&text)
            .unwrap_or_else(|_| Problem::new(503, UNAVAILABLE)),
        retry_after: retry_after.and_then(|it| it.parse().ok()).map(Duration::from_secs),
    })
}
