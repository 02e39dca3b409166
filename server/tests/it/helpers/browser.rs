//! Clients with cookie jars: browsers with fetch metadata, and programs without.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method},
};
use tower::ServiceExt;
use tower_sessions::cookie::{Cookie, time::Duration};
use url::form_urlencoded;

use super::{Answer, ORIGIN, PASSWORD, instances};

const DOCUMENT: &[(&str, &str)] = &[
    ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-user", "?1"),
];

/// A request before it is sent.
#[derive(Clone)]
pub(crate) struct Ask {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Ask {
    /// A program's GET.
    pub(crate) fn data(path: &str) -> Self {
        Self::new(Method::GET, path).with("accept", "application/json")
    }

    /// A program's form post.
    pub(crate) fn call(path: &str, form: &[(&str, &str)]) -> Self {
        Self::data(path).with_form(form).with("origin", ORIGIN)
    }

    /// A browser's same-site navigation to a page.
    pub(crate) fn page(path: &str) -> Self {
        DOCUMENT
            .iter()
            .fold(Self::new(Method::GET, path), |ask, (name, value)| ask.with(name, value))
    }

    /// A form post by a browser without scripts.
    pub(crate) fn form(path: &str, form: &[(&str, &str)]) -> Self {
        Self::page(path).with_form(form).with("origin", ORIGIN)
    }

    /// With this method instead.
    pub(crate) fn by(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// With this header, replacing others of that name.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    /// Without a header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// As older browsers send it, without fetch metadata.
    pub(crate) fn without_fetch_metadata(self) -> Self {
        ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user"]
            .into_iter()
            .fold(self, Self::without)
    }

    /// With another header of a name that may be present already.
    pub(crate) fn with_another(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.append(name, HeaderValue::from_str(value).unwrap());
        self
    }

    /// With these bytes as the body.
    pub(crate) fn with_body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        let length = self.body.len().to_string();
        self.with("content-length", &length)
    }

    fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: HeaderMap::new(), body: String::new() }
    }

    fn with_form(self, form: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.by(Method::POST)
            .with("content-type", "application/x-www-form-urlencoded")
            .with_body(&body)
    }
}

/// The destination of a browser's requests.
#[derive(Clone)]
enum Way {
    /// Directly to the router
    Inside(Router),
    /// Over TCP, with a connection per request
    Network(SocketAddr),
}

/// A client and its cookie jar.
#[derive(Clone)]
pub(crate) struct Browser {
    way: Way,
    jar: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(site: Router) -> Self {
        Self { way: Way::Inside(site), jar: BTreeMap::new() }
    }

    /// A browser of the instance at this address.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { way: Way::Network(address), jar: BTreeMap::new() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Ask::data(path)).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(Ask::call(path, form)).await
    }

    pub(crate) async fn navigate(&mut self, path: &str) -> Answer {
        self.send(Ask::page(path)).await
    }

    pub(crate) async fn submit(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(Ask::form(path, form)).await
    }

    /// Follows a redirect.
    pub(crate) async fn follow(&mut self, answer: &Answer) -> Answer {
        assert_eq!(answer.status, 303, "{}", answer.body);
        let location = answer.header("location").unwrap().to_owned();
        assert!(location.starts_with('/') && !location.starts_with("//"), "{location}");
        self.navigate(&location).await
    }

    pub(crate) async fn refresh(&mut self) -> Answer {
        self.post("/auth/refresh", &[]).await
    }

    pub(crate) async fn log_in(&mut self, email: &str) -> Answer {
        self.post("/api/login", &[("email", email), ("password", PASSWORD)]).await
    }

    pub(crate) async fn sign_up(&mut self, email: &str) -> Answer {
        let form = [("email", email), ("display_name", "Hana"), ("password", PASSWORD)];
        let answer = self.post("/api/signup", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer
    }

    /// The session that the site recognises, if any.
    pub(crate) async fn session_id(&mut self) -> Option<String> {
        let answer = self.get("/auth/session").await;
        (answer.status == 200).then(|| answer.json()["session"]["id"].as_str().unwrap().to_owned())
    }

    /// Sends a request with the jar's cookies and stores those of the response. Over the network it retries after a
    /// 503, because a busy machine is not a failure of the site.
    pub(crate) async fn send(&mut self, ask: Ask) -> Answer {
        let answer = match &self.way {
            Way::Inside(site) => {
                Answer::read(site.clone().oneshot(self.request(&ask)).await.unwrap()).await
            }
            Way::Network(address) => self.come_again(*address, &ask).await,
        };
        for cookie in &answer.cookies {
            self.keep(cookie);
        }
        answer
    }

    async fn come_again(&self, address: SocketAddr, ask: &Ask) -> Answer {
        let mut tries = 0;
        loop {
            let response = instances::exchange(address, self.request(ask)).await;
            let answer = Answer::read(response).await;
            if answer.status != 503 {
                return answer;
            }
            tries += 1;
            assert!(tries < 400, "{}", answer.body);
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
    }

    fn request(&self, ask: &Ask) -> Request {
        let mut request = Request::new(Body::from(ask.body.clone()));
        *request.method_mut() = ask.method.clone();
        *request.uri_mut() = ask.path.parse().unwrap();
        *request.headers_mut() = ask.headers.clone();
        request.headers_mut().entry("host").or_insert(HeaderValue::from_static("localhost:3000"));
        let peer = SocketAddr::new(IpAddr::from([192, 0, 2, 1]), 40_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        // A test's own `Cookie` header replaces the jar's.
        if !self.jar.is_empty() && !request.headers().contains_key("cookie") {
            request.headers_mut().insert("cookie", self.cookies().parse().unwrap());
        }
        request
    }

    /// The value of the `Cookie` header.
    pub(crate) fn cookies(&self) -> String {
        let cookies: Vec<_> =
            self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.jar.get(name).map(String::as_str)
    }

    /// Takes over another browser's cookies, to be the same browser at another instance.
    pub(crate) fn take_cookies_of(&mut self, other: &Self) {
        self.jar.clone_from(&other.jar);
    }

    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        self.jar.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn forget_cookie(&mut self, name: &str) {
        assert!(self.jar.remove(name).is_some(), "there was no {name}");
    }

    /// Stores a cookie, and panics if it breaks the rules for prefixes (RFC 6265bis §4.1.3).
    fn keep(&mut self, cookie: &Cookie<'static>) {
        assert!(cookie.name().starts_with("__Host-Http-"), "{cookie}");
        assert_eq!((cookie.secure(), cookie.http_only()), (Some(true), Some(true)), "{cookie}");
        assert_eq!((cookie.path(), cookie.domain()), (Some("/"), None), "{cookie}");
        if cookie.max_age() == Some(Duration::ZERO) {
            self.jar.remove(cookie.name());
        } else {
            self.jar.insert(cookie.name().to_owned(), cookie.value().to_owned());
        }
    }
}
