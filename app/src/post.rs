//! Posts to the server from the hydrated page, as a browser posts a form; the answer is JSON.

use leptos::prelude::window;
use miniserde::Deserialize;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FormData, Headers, HtmlFormElement, Request, RequestInit, Response, UrlSearchParams,
};

use crate::api::problem::{OFFLINE, Problem, UNAVAILABLE};

/// What a form would post.
pub(crate) fn encode(form: &HtmlFormElement) -> Option<String> {
    let data = FormData::new_with_form(form).ok()?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&data).ok()?;
    fields.to_string().as_string()
}

/// Posts `body` and reads the answer.
///
/// # Errors
/// The server's problem; `offline` if no answer came, `unavailable` if it is not ours.
pub(crate) async fn post_form<T: Deserialize>(path: &str, body: &str) -> Result<T, Problem> {
    let answer = post(path, body).await?;
    miniserde::json::from_str(&answer).map_err(|_| Problem::new(503, UNAVAILABLE))
}

/// Posts `body` and answers what came back.
///
/// # Errors
/// As [`post_form`].
pub(crate) async fn post(path: &str, body: &str) -> Result<String, Problem> {
    // The browser has one thread; the types of `web_sys` do not know that the futures stay on it.
    SendWrapper::new(fetch(path, body)).await
}

async fn fetch(path: &str, body: &str) -> Result<String, Problem> {
    let offline = |_| Problem::new(0, OFFLINE);
    let headers = Headers::new().map_err(offline)?;
    headers.set("accept", "application/json").map_err(offline)?;
    headers.set("content-type", "application/x-www-form-urlencoded").map_err(offline)?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&body.into());
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
    Err(miniserde::json::from_str(&text).unwrap_or_else(|_| Problem::new(503, UNAVAILABLE)))
}
