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

use crate::api::problem::{OFFLINE, Problem, UNAVAILABLE};

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
pub(crate) async fn post_form<T: Deserialize>(path: &str, body: &str) -> Result<T, Problem> {
    // The browser has one thread; the types of `web_sys` do not know that the futures stay on it.
    let answer = SendWrapper::new(ask(path, body, None)).await.map_err(|it| it.problem)?;
    miniserde::json::from_str(&answer).map_err(|_| Problem::new(503, UNAVAILABLE))
}

/// Posts `body`, until `signal` says to give up, and answers what came back.
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
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&body.into());
    init.set_signal(signal);
    // A page that is left must not take the answer's cookies with it.
    js_sys::Reflect::set(&init, &"keepalive".into(), &true.into()).map_err(offline)?;
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
