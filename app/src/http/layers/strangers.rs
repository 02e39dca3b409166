//! Pages for strangers: requests without personal cookies, about which only the page, language and encoding are known.
//! Such a page is rendered once for each encoding, and kept for as long as the process runs.
//!
//! **Architecture Invariant:** a kept page is the response to a request that [`Stranger::request`] builds from a page
//! of the table, a language and an encoding alone. Nothing of a real request reaches it, so it cannot hold anybody's
//! data.

use std::{collections::HashMap, convert::Infallible, sync::Arc};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use contract::Language;
use futures_util::FutureExt;
use sha2::{Digest, Sha256};
use strum::VariantArray;
use tokio::sync::OnceCell;
use tower::{ServiceExt, service_fn};
use tower_http::{CompressionLevel, compression::Compression};

use super::request_head;
use crate::{
    http::{accept::preferences, cookies, ended, site::Site},
    pages::{Access, PAGES, page_at},
};

/// For shared caches, if an operator lets one store strangers' pages.
const VARY: HeaderValue = HeaderValue::from_static("accept-encoding, accept-language, cookie");

/// Answers a stranger with a kept page, and passes on every other request.
pub(crate) async fn show(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if let Some(stranger) = Stranger::of(&site, &request)
        && let Some(page) = site.strangers.page(stranger, &next).await
    {
        return page.answer(request.headers());
    }
    next.run(request).await
}

/// The kept pages.
pub struct StrangersPages(HashMap<Stranger, OnceCell<KeptPage>>);

impl Default for StrangersPages {
    fn default() -> Self {
        let pages = PAGES.iter().filter(|page| page.access != Access::Members);
        let each = pages.flat_map(|page| {
            Language::VARIANTS.iter().flat_map(|&language| {
                Encoding::ALL.map(|encoding| Stranger { path: page.path, language, encoding })
            })
        });
        Self(each.map(|stranger| (stranger, OnceCell::new())).collect())
    }
}

impl StrangersPages {
    /// The page for this stranger, rendered on the first call. `None` if there is no such page, or it cannot be
    /// rendered now.
    async fn page(&self, stranger: Stranger, next: &Next) -> Option<&KeptPage> {
        let cell = self.0.get(&stranger)?;
        cell.get_or_try_init(async || stranger.make_page(next.clone()).await.ok_or(())).await.ok()
    }
}

/// The part of a stranger's request that its page depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Stranger {
    path: &'static str,
    language: Language,
    encoding: Encoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Stranger {
    /// Returns `None` if anything else about the request might change its page.
    fn of(site: &Site, request: &Request) -> Option<Self> {
        let (uri, headers) = (request.uri(), request.headers());
        let page = page_at(uri.path())?;
        let is_any_strangers = [Method::GET, Method::HEAD].contains(request.method())
            && request.body().is_end_stream()
            && uri.query().is_none()
            && cookies::are_nobodys(headers)
            && request_head::check(request).is_ok()
            && !ended::are_cookies_refused(headers, uri, &site.settings);
        if !is_any_strangers {
            return None;
        }
        let language = request.extensions().get().copied()?;
        Some(Self { path: page.path, language, encoding: Encoding::accepted(headers) })
    }

    fn request(self) -> Request {
        let mut request = Request::new(Body::empty());
        // HTTP/1.1 requests must name a host.
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() = self.path.parse().expect("pages have valid paths");
        request.extensions_mut().insert(self.language);
        let encoding = HeaderValue::from_static(self.encoding.name());
        request.headers_mut().insert(header::ACCEPT_ENCODING, encoding);
        request
    }

    async fn make_page(self, next: Next) -> Option<KeptPage> {
        let page = service_fn(|request| next.clone().run(request).map(Ok::<_, Infallible>));
        let compressed = Compression::new(page).quality(CompressionLevel::Best);
        let Ok(page) = compressed.oneshot(self.request()).await;
        if page.status() != StatusCode::OK {
            return None;
        }
        let (parts, body) = page.into_parts();
        let body = to_bytes(Body::new(body), usize::MAX).await.ok()?;
        let mut headers = parts.headers;
        headers.insert(header::ETAG, etag_of(&body));
        headers.insert(header::VARY, VARY);
        Some(KeptPage { headers, body })
    }
}

impl Encoding {
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// The encoding that the browser prefers, and of several the most compact one.
    fn accepted(headers: &HeaderMap) -> Self {
        let weight = |encoding: Self| {
            preferences(headers, &header::ACCEPT_ENCODING)
                .find(|(name, _)| name.eq_ignore_ascii_case(encoding.name()))
                .map(|(_, weight)| weight)
        };
        let weights = Self::ALL.into_iter().rev().filter_map(|it| Some((it, weight(it)?)));
        weights.max_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(Self::Identity, |(it, _)| it)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }
}

/// A page as every stranger gets it.
struct KeptPage {
    headers: HeaderMap,
    body: Bytes,
}

impl KeptPage {
    /// The page, or 304 if the browser has it (RFC 9110 §13.1.2).
    fn answer(&self, headers: &HeaderMap) -> Response {
        if self.is_known(headers) {
            let kept = |(name, _): &(&HeaderName, &HeaderValue)| !IS_OF_THE_BODY.contains(name);
            let headers = self.headers.iter().filter(kept);
            let headers: HeaderMap = headers.map(|(k, v)| (k.clone(), v.clone())).collect();
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        (self.headers.clone(), self.body.clone()).into_response()
    }

    fn is_known(&self, headers: &HeaderMap) -> bool {
        let known = headers.get_all(header::IF_NONE_MATCH).iter();
        let mut known = known.filter_map(|value| value.to_str().ok()).flat_map(|it| it.split(','));
        let etag = &self.headers[header::ETAG];
        known.any(|it| {
            let it = it.trim();
            it == "*" || it.strip_prefix("W/").unwrap_or(it).as_bytes() == etag.as_bytes()
        })
    }
}

const IS_OF_THE_BODY: [HeaderName; 2] = [header::CONTENT_TYPE, header::CONTENT_ENCODING];

fn etag_of(body: &[u8]) -> HeaderValue {
    let hash = BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(body)[..16]);
    HeaderValue::try_from(format!("\"{hash}\"")).expect("base64 is ASCII")
}
