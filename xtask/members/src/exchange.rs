//! Requests as a browser sends them, and their responses.

use std::{
    fmt::{self, Display, Formatter},
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use contract::{Reason, headers::PAGE_SESSION};
use cookie::Cookie;
use http_body_util::{BodyExt, Full};
use hyper::{
    HeaderMap, Method, Request, Uri,
    body::{Bytes, Incoming},
    header::{self, HeaderValue},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use keeper::Refusal;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use serde_json::Value;
use tokio::time::timeout;
use url::form_urlencoded;

/// The time after which a browser gives a page up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The site as every member reaches it.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    origin: String,
    tls: ClientConfig,
}

impl Address {
    /// The site at `origin`; `authority` is the file with the certificate of the authority that it is verified by.
    pub(crate) fn new(origin: &str, authority: Option<&Path>) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = authority {
            for certificate in CertificateDer::pem_file_iter(file).context("no certificate")? {
                roots.add(certificate?)?;
            }
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { origin: origin.trim_end_matches('/').to_owned(), tls })
    }
}

/// A browser's connections.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    origin: String,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Connections {
    /// Connections from a loopback address of this member alone, since limits count by address.
    pub(crate) fn new(address: &Address, member: usize) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.set_local_address(Some(IpAddr::V4(source_address(member))));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let tls = HttpsConnectorBuilder::new()
            .with_tls_config(address.tls.clone())
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(tcp);
        let mut client = Client::builder(TokioExecutor::new());
        client.pool_timer(TokioTimer::new()).pool_idle_timeout(TIMEOUT);
        Self { origin: address.origin.clone(), client: client.build(tls) }
    }

    /// Sends a request with these cookies. `None`: no response came within `timeout`, or the connection broke.
    pub(crate) async fn send(&self, ask: &Ask, cookies: &str) -> Option<Answer> {
        let began = Instant::now();
        let exchange = async {
            let response = self.client.request(self.request(ask, cookies)?).await.ok()?;
            let (head, body) = response.into_parts();
            Some((head, read(body).await?))
        };
        let (head, body) = timeout(ask.timeout.unwrap_or(TIMEOUT), exchange).await.ok()??;
        let (status, took) = (head.status.as_u16(), began.elapsed());
        Some(Answer { status, headers: head.headers, body, took })
    }

    fn request(&self, ask: &Ask, cookies: &str) -> Option<Request<Full<Bytes>>> {
        let mut request = Request::new(Full::from(ask.body.clone()));
        *request.method_mut() = ask.method.clone();
        *request.uri_mut() = format!("{}{}", self.origin, ask.path).parse::<Uri>().ok()?;
        let headers = request.headers_mut();
        for (name, value) in ask.kind.headers() {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        if ask.method == Method::POST {
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            headers.insert(header::CONTENT_TYPE, form);
            headers.insert(header::ORIGIN, self.origin.parse().ok()?);
        }
        if let Some(session) = &ask.page_session {
            headers.insert(PAGE_SESSION, session.parse().ok()?);
        }
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, cookies.parse().ok()?);
        }
        Some(request)
    }
}

async fn read(body: Incoming) -> Option<String> {
    String::from_utf8(body.collect().await.ok()?.to_bytes().to_vec()).ok()
}

/// `127.0.1.1` and on.
fn source_address(member: usize) -> Ipv4Addr {
    const PER_BLOCK: usize = 250;

    let byte = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
    Ipv4Addr::new(127, 0, byte(1 + member / PER_BLOCK), byte(1 + member % PER_BLOCK))
}

/// The sender of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The browser itself
    Document,
    /// A page's scripts
    Fetch,
}

impl Kind {
    fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Document => &[
                ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
                ("sec-fetch-user", "?1"),
            ],
            Self::Fetch => &[
                ("accept", "application/json"),
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-mode", "cors"),
                ("sec-fetch-dest", "empty"),
            ],
        }
    }
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) kind: Kind,
    body: String,
    page_session: Option<String>,
    timeout: Option<Duration>,
}

impl Ask {
    /// A page.
    pub(crate) fn page(path: &str) -> Self {
        Self::new(Method::GET, path, Kind::Document)
    }

    /// Data for a page's scripts.
    pub(crate) fn data(path: &str) -> Self {
        Self::new(Method::GET, path, Kind::Fetch)
    }

    /// A form that a page's scripts post.
    pub(crate) fn call(path: &str, fields: &[(&str, &str)]) -> Self {
        Self::new(Method::POST, path, Kind::Fetch).with(fields)
    }

    /// From a page that was rendered for this session.
    pub(crate) fn of_session(mut self, session: Option<String>) -> Self {
        self.page_session = session;
        self
    }

    /// Given up after so long.
    pub(crate) fn within(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Returns whether a browser has given it up after so long.
    pub(crate) fn is_given_up(&self, after: Duration) -> bool {
        after >= self.timeout.unwrap_or(TIMEOUT)
    }

    fn new(method: Method, path: &str, kind: Kind) -> Self {
        let path = path.to_owned();
        Self { method, path, kind, body: String::new(), page_session: None, timeout: None }
    }

    fn with(mut self, fields: &[(&str, &str)]) -> Self {
        self.body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self
    }
}

impl Display for Ask {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        write!(to, "{} {}", self.method, self.path)
    }
}

/// A complete response.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) took: Duration,
}

impl Answer {
    /// The text of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The cookies that it sets or removes, in order.
    pub(crate) fn cookies(&self) -> Vec<Cookie<'static>> {
        let set = self.headers.get_all(header::SET_COOKIE).iter();
        set.filter_map(|value| Cookie::parse(value.to_str().ok()?.to_owned()).ok()).collect()
    }

    /// The JSON body; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The reason of problem details.
    pub(crate) fn reason(&self) -> Option<Reason> {
        Reason::from_name(self.json()["reason"].as_str()?)
    }

    /// The response as the token keeper reads it.
    pub(crate) fn refusal(&self) -> Refusal {
        let reason = self.reason().map_or("", Reason::as_str);
        Refusal::new(self.status, reason, self.header("retry-after"))
    }

    /// The value of an attribute of the page's `<html>`.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let tag = &self.body[self.body.find("<html ")?..];
        let tag = &tag[..tag.find('>')?];
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(rest.split_once('"')?.0)
    }

    /// The same as whole seconds.
    pub(crate) fn seconds(&self, name: &str) -> Option<Duration> {
        self.attribute(name)?.parse().ok().map(Duration::from_secs)
    }
}
