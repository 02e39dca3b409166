//! Requests that other sites make a browser send. Everything unsafe is refused, log-in included (a forced
//! log-in is an attack, too), and no answer to them touches a cookie that stands for a person.
//! (Fetch Metadata; OWASP ASVS 3.5.1.)

use std::sync::Arc;

use app::{
    api::problem::Problem,
    ssr::{cookies, form_post::problem_response},
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, header},
    middleware::Next,
    response::Response,
};

use crate::{config::Config, middleware::identify::InlineRefresh};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Refuses unsafe requests that did not come from our own pages.
pub(crate) async fn refuse(
    State(config): State<Arc<Config>>,
    request: Request,
    next: Next,
) -> Response {
    let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    let from = Origin::of(request.headers(), config.public_url.origin());
    let is_our_own = match from {
        Origin::SameOrigin => true,
        // Typed, bookmarked: nobody's doing but the member's. A script cannot send it.
        Origin::None => request.uri().path() != "/auth/refresh",
        Origin::Foreign => false,
    };
    if is_safe || is_our_own {
        return next.run(request).await;
    }
    tracing::info!("cross_site.refused");
    let problem = Problem::new(403, "cross_site");
    let mut response = problem_response(&problem);
    response.extensions_mut().insert(problem);
    response
}

/// Takes cookies that stand for a person off the answers to other sites' requests: any site could log
/// members out with them. An inline refresh is different: who holds the refresh cookie asked for it.
pub(crate) async fn keep_cookies_to_this_site(request: Request, next: Next) -> Response {
    let site = request.headers().get(SEC_FETCH_SITE).cloned();
    let is_foreign = site.is_some_and(|site| site == "cross-site" || site == "same-site");
    let mut response = next.run(request).await;
    if !is_foreign || response.extensions().get::<InlineRefresh>().is_some() {
        return response;
    }
    let kept: Vec<_> = response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .filter(|cookie| !cookies::is_personal(cookie))
        .cloned()
        .collect();
    response.headers_mut().remove(header::SET_COOKIE);
    for cookie in kept {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Who made the browser send a request.
#[derive(Debug, PartialEq, Eq)]
enum Origin {
    SameOrigin,
    None,
    Foreign,
}

impl Origin {
    /// `Sec-Fetch-Site` decides where there is one. Only without it must `Origin` be ours; with neither,
    /// nothing says that the request is.
    fn of(headers: &HeaderMap, own_origin: &str) -> Self {
        match headers.get(SEC_FETCH_SITE).map(|value| value.as_bytes()) {
            Some(b"same-origin") => Self::SameOrigin,
            Some(b"none") if headers.get(SEC_FETCH_MODE).is_some_and(|mode| mode == "navigate") => {
                Self::None
            }
            Some(_) => Self::Foreign,
            None => match headers.get(header::ORIGIN) {
                Some(origin) if origin.as_bytes() == own_origin.as_bytes() => Self::SameOrigin,
                _ => Self::Foreign,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn origin(headers: &[(HeaderName, &'static str)]) -> Origin {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        Origin::of(&headers, "https://genkan.example")
    }

    #[test]
    fn fetch_metadata_decides_where_it_is_present() {
        let ours = (header::ORIGIN, "https://genkan.example");
        let null = (header::ORIGIN, "null");
        let site = |value| (SEC_FETCH_SITE, value);
        assert_eq!(origin(&[site("same-origin"), null]), Origin::SameOrigin);
        for foreign in ["cross-site", "same-site", "", "SAME-ORIGIN"] {
            assert_eq!(origin(&[site(foreign), ours.clone()]), Origin::Foreign, "{foreign}");
        }
        assert_eq!(origin(&[site("none")]), Origin::Foreign);
        assert_eq!(origin(&[site("none"), (SEC_FETCH_MODE, "navigate")]), Origin::None);
    }

    #[test]
    fn without_fetch_metadata_the_origin_must_be_ours() {
        assert_eq!(origin(&[(header::ORIGIN, "https://genkan.example")]), Origin::SameOrigin);
        for foreign in ["null", "https://genkan.example.evil", "http://genkan.example", ""] {
            assert_eq!(origin(&[(header::ORIGIN, foreign)]), Origin::Foreign, "{foreign}");
        }
        assert_eq!(origin(&[]), Origin::Foreign);
    }
}
