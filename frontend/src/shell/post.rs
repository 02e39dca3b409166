//! Posts in the format of a browser's form, with answers in JSON.

use contract::{
    attributes,
    headers::{PAGE_SESSION, VERSION},
};
use js_sys::Reflect;
use keeper::{Fresh, Refusal};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

use crate::dom;

/// The longest body sent with `keepalive`, in bytes. Browsers allow 64 KiB in all (Fetch, "HTTP-network-or-cache
/// fetch").
const KEPT_ALIVE_MAX: usize = 60_000;

/// The answer to a post.
#[derive(Clone)]
pub(crate) struct Answer {
    /// The refusal, if the post was not carried out.
    pub(crate) refusal: Option<Refusal>,
    /// The JSON body; `undefined` without one.
    pub(crate) json: JsValue,
    /// The site answered as another version than the page's.
    pub(super) is_of_another_version: bool,
}

impl Answer {
    /// A member of the JSON body; `undefined` if it is missing.
    pub(crate) fn member(&self, name: &str) -> JsValue {
        Reflect::get(&self.json, &name.into()).unwrap_or_default()
    }

    /// A text in the JSON body.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.member(name).as_string()
    }

    /// Reads the answer to a refresh.
    pub(super) fn fresh(&self) -> Result<Fresh, Refusal> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        let seconds = |name| self.member(name).as_f64();
        let fresh = seconds("access_expires_in").zip(seconds("session_expires_in"));
        let (access, session) = fresh.ok_or(Refusal::NOT_OURS)?;
        Ok(Fresh::from_seconds(access, session))
    }
}

/// Posts a form. `session` is the one that the page was rendered for. Without a `signal`, a small post outlives the
/// page.
pub(super) async fn post(
    path: &str,
    body: &str,
    session: Option<&str>,
    signal: Option<&AbortSignal>,
) -> Answer {
    let answer = match send(path, body, session, signal).await {
        Ok(response) => read(&response).await.ok_or(Refusal::NOT_OURS),
        Err(_) => Err(Refusal::NO_ANSWER),
    };
    answer.unwrap_or_else(|refusal| Answer {
        refusal: Some(refusal),
        json: JsValue::UNDEFINED,
        is_of_another_version: false,
    })
}

async fn send(
    path: &str,
    body: &str,
    session: Option<&str>,
    signal: Option<&AbortSignal>,
) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    headers.set("content-type", "application/x-www-form-urlencoded")?;
    if let Some(session) = session {
        headers.set(PAGE_SESSION, session)?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&body.into());
    init.set_signal(signal);
    // The cookies of the response must arrive even if the page is left. An abortable request is not kept alive, though:
    // Chromium takes the cookies of its response even after the abort.
    let keepalive = signal.is_none() && body.len() < KEPT_ALIVE_MAX;
    Reflect::set(&init, &"keepalive".into(), &keepalive.into())?;
    JsFuture::from(window().fetch_with_str_and_init(path, &init)).await?.dyn_into()
}

/// Reads an answer; `None` if this site did not write it.
async fn read(response: &Response) -> Option<Answer> {
    let json = JsFuture::from(response.json().ok()?).await.ok().filter(JsValue::is_object)?;
    let version = response.headers().get(VERSION).ok().flatten();
    let is_of_another_version = version.is_some() && version != page_version();
    let mut answer = Answer { refusal: None, json, is_of_another_version };
    if !response.ok() {
        let retry_after = response.headers().get("retry-after").ok().flatten();
        let reason = answer.text("reason")?;
        answer.refusal = Some(Refusal::new(response.status(), &reason, retry_after.as_deref()));
    }
    Some(answer)
}

fn page_version() -> Option<String> {
    dom::root()?.get_attribute(attributes::VERSION)
}
