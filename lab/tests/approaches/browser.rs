//! A browser: cookies, and the token that a page's script would keep.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use cookie::Cookie;
use http_body_util::BodyExt;
use tower::ServiceExt;

#[derive(Clone)]
pub(crate) struct Browser {
    site: Router,
    /// By name
    pub(crate) cookies: BTreeMap<String, String>,
    /// Sent as `Authorization: Bearer`
    pub(crate) token: Option<String>,
}

/// A response.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(site: Router) -> Self {
        Self { site, cookies: BTreeMap::new(), token: None }
    }

    /// The same cookies and token at another instance.
    pub(crate) fn copied_to(&self, other: Self) -> Self {
        Self { site: other.site, ..self.clone() }
    }

    pub(crate) async fn log_in(&mut self, member: &str) -> Answer {
        self.post("/login", &[("member", member)]).await
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, String::new()).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let fields: Vec<_> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        self.ask(Method::POST, path, fields.join("&")).await
    }

    /// Drops the token, as a page does after its log-out.
    pub(crate) fn forget_token(&mut self) {
        self.token = None;
    }

    async fn ask(&mut self, method: Method, path: &str, form: String) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !self.cookies.is_empty() {
            let pairs: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let (head, body) = self.site.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        for set in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = Cookie::parse(set.to_str().unwrap()).unwrap();
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        if let Ok(fields) =
            serde_json::from_str::<BTreeMap<String, serde_json::Value>>(&answer.body)
            && let Some(token) = fields.get("token")
        {
            self.token = Some(token.as_str().unwrap().to_owned());
        }
    }
}

impl Answer {
    /// The new counter, which is the whole body, or comes with a new token.
    pub(crate) fn count(&self) -> String {
        match serde_json::from_str::<serde_json::Value>(&self.body) {
            Ok(serde_json::Value::Object(fields)) => fields["count"].to_string(),
            _ => self.body.clone(),
        }
    }

    /// The text of the page's element with this id.
    pub(crate) fn shown(&self, id: &str) -> &str {
        let (_, rest) = self.body.split_once(&format!("<p id={id}>")).unwrap();
        rest.split_once("</p>").unwrap().0
    }
}
