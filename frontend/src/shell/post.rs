//! Posts to the server, as a browser posts a form; the answer is JSON.

use contract::headers::PAGE_SESSION;
use js_sys::Reflect;
use keeper::{Fresh, Refusal};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

/// The length of a body that browsers keep alive, in bytes: 64 KiB in all (Fetch, "HTTP-network-or-cache fetch").
const KEPT_ALIVE_MAX: usize = 60_000;

/// The answer to a post.
#[derive(Clone)]
pub(crate) struct Answer {
    /// Why it was not carried out.
    pub(crate) refusal: Option<Refusal>,
    /// The answer's JSON; undefined if there is none.
    pub(crate) json: JsValue,
}

impl Answer {
    /// A member of the answer, undefined if there is none.
    pub(crate) fn member(&self, name: &str) -> JsValue {
        Reflect::get(&self.json, &name.into()).unwrap_or_default()
    }

    /// The text in a member of the answer.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.member(name).as_string()
    }

    /// The answer to a refresh.
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

/// Posts a form. `session` is the one that the page was rendered for. Without a `signal` the post outlives the page, if
/// it is small.
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
    answer.unwrap_or_else(|refusal| Answer { refusal: Some(refusal), json: JsValue::UNDEFINED })
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
    // A page that is left must not lose the answer's cookies. A request that may be aborted is not kept alive, though:
    // Chromium takes the cookies of such an answer even after the abort.
    let keepalive = signal.is_none() && body.len() < KEPT_ALIVE_MAX;
    Reflect::set(&init, &"keepalive".into(), &keepalive.into())?;
    JsFuture::from(window().fetch_with_str_and_init(path, &init)).await?.dyn_into()
}

/// Reads an answer; `None` if this site did not write it.
async fn read(response: &Response) -> Option<Answer> {
    let json = JsFuture::from(response.json().ok()?).await.ok().filter(JsValue::is_object)?;
    let mut answer = Answer { refusal: None, json };
    if !response.ok() {
        let retry_after = response.headers().get("retry-after").ok().flatten();
        let reason = answer.text("reason")?;
        answer.refusal = Some(Refusal::new(response.status(), &reason, retry_after.as_deref()));
    }
    Some(answer)
}
