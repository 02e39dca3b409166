//! Posts to the server, as a browser posts a form; the answer is JSON.

use std::time::Duration;

use contract::{Reason, headers::PAGE_SESSION};
use js_sys::{JSON, Reflect};
use keeper::Refusal;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, Request, RequestInit, Response};

use super::dom::window;

/// The length of a body that browsers keep alive, in bytes: 64 KiB in all (Fetch, "HTTP-network-or-cache fetch").
const KEPT_ALIVE_MAX: usize = 60_000;

/// One post.
pub(super) struct Post<'a> {
    pub(super) path: &'a str,
    pub(super) body: &'a str,
    /// The session that the page was rendered for.
    pub(super) session: Option<&'a str>,
    /// Without it the post outlives the page, if it is small.
    pub(super) signal: Option<&'a AbortSignal>,
}

/// The answer to a post.
pub(super) struct Answer {
    /// Why it was not carried out.
    pub(super) refusal: Option<Refusal>,
    /// The answer's JSON; undefined if there is none.
    pub(super) json: JsValue,
}

impl Answer {
    /// The text in a member of the answer.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.member(name).as_string()
    }

    /// The number in a member of the answer.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.member(name).as_f64()
    }

    /// A member of the answer, undefined if there is none.
    pub(super) fn member(&self, name: &str) -> JsValue {
        Reflect::get(&self.json, &name.into()).unwrap_or_default()
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), json: JsValue::UNDEFINED }
    }
}

impl Post<'_> {
    pub(super) async fn send(&self) -> Answer {
        match self.fetch().await {
            Ok(response) => read(&response).await,
            Err(_) => Refusal::NO_ANSWER.into(),
        }
    }

    async fn fetch(&self) -> Result<Response, JsValue> {
        let headers = Headers::new()?;
        headers.set("accept", "application/json")?;
        headers.set("content-type", "application/x-www-form-urlencoded")?;
        if let Some(session) = self.session {
            headers.set(PAGE_SESSION, session)?;
        }
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_headers(&headers);
        init.set_body(&self.body.into());
        init.set_signal(self.signal);
        // A page that is left must not lose the answer's cookies. A request that may be aborted is not kept alive, though:
        // Chromium takes the cookies of such an answer even after the abort.
        let keepalive = self.signal.is_none() && self.body.len() < KEPT_ALIVE_MAX;
        Reflect::set(&init, &"keepalive".into(), &keepalive.into())?;
        let request = Request::new_with_str_and_init(self.path, &init)?;
        JsFuture::from(window().fetch_with_request(&request)).await?.dyn_into()
    }
}

async fn read(response: &Response) -> Answer {
    let Some(json) = json_of(response).await else { return Refusal::NOT_OURS.into() };
    let mut answer = Answer { refusal: None, json };
    if response.ok() {
        return answer;
    }
    let Some(reason) = answer.text("reason") else { return Refusal::NOT_OURS.into() };
    let retry_after = response.headers().get("retry-after").ok().flatten();
    answer.refusal = Some(Refusal {
        status: response.status(),
        reason: Reason::from_name(&reason),
        retry_after: retry_after.and_then(|it| it.parse().ok()).map(Duration::from_secs),
    });
    answer
}

async fn json_of(response: &Response) -> Option<JsValue> {
    let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
    JSON::parse(&text).ok().filter(JsValue::is_object)
}
