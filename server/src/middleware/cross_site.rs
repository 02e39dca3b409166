//! Requests that other sites make a browser send. Everything unsafe is refused, log-in included (a forced
//! log-in is an attack, too), and no answer to them touches a cookie that stands for a person.
//! (Fetch Metadata; OWASP ASVS 3.5.1.)

use std::sync::Arc;

use app::{
    api::problem::{CROSS_SITE, Problem},
    ssr::cookies,
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};

use crate::{
    answers::problem_response, config::Config, fetch_metadata, middleware::identify::InlineRefresh,
};

/// Refuses unsafe requests that did not come from our own pages.
pub(crate) async fn refuse(
    State(config): State<Arc<Config>>,
    request: Request,
    next: Next,
) -> Response {
    let is_safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    let made_by = MadeBy::of(request.headers(), config.public_url.origin());
    let is_our_own = match made_by {
        MadeBy::OwnPage => true,
        // Typed, bookmarked: nobody's doing but the member's. A script cannot send it.
        MadeBy::Member => request.uri().path() != "/auth/refresh",
        MadeBy::OtherSite => false,
    };
    if is_safe || is_our_own {
        return next.run(request).await;
    }
    tracing::info!("cross_site.refused");
    problem_response(&Problem::new(403, CROSS_SITE))
}

/// Takes cookies that stand for a person off the answers to other sites' requests: any site could log
/// members out with them. The new tokens of an inline refresh are different: the refresh cookie came along.
pub(crate) async fn keep_cookies_to_this_site(request: Request, next: Next) -> Response {
    let site = fetch_metadata::site(request.headers());
    let is_foreign = matches!(site, Some(b"cross-site" | b"same-site"));
    let mut response = next.run(request).await;
    if !is_foreign {
        return response;
    }
    let is_inline_refresh = response.extensions().get::<InlineRefresh>().is_some();
    let is_kept = |cookie: &HeaderValue| {
        !cookies::is_personal(cookie) || (is_inline_refresh && cookies::is_of_session(cookie))
    };
    let kept: Vec<_> = response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .filter(|cookie| is_kept(cookie))
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
enum MadeBy {
    OwnPage,
    Member,
    OtherSite,
}

impl MadeBy {
    /// `Sec-Fetch-Site` decides where there is one. Only without it must `Origin` be ours; with neither,
    /// nothing says that the request is.
    fn of(headers: &HeaderMap, own_origin: &str) -> Self {
        match fetch_metadata::site(headers) {
            Some(b"same-origin") => Self::OwnPage,
            Some(b"none") if fetch_metadata::is_navigation(headers) => Self::Member,
            Some(_) => Self::OtherSite,
            None => match headers.get(header::ORIGIN) {
                Some(origin) if origin.as_bytes() == own_origin.as_bytes() => Self::OwnPage,
                _ => Self::OtherSite,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn origin(headers: &[(HeaderName, &'static str)]) -> MadeBy {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        MadeBy::of(&headers, "https://genkan.example")
    }

    #[test]
    fn fetch_metadata_decides_where_it_is_present() {
        let ours = (header::ORIGIN, "https://genkan.example");
        let null = (header::ORIGIN, "null");
        let site = |value| (HeaderName::from_static("sec-fetch-site"), value);
        assert_eq!(origin(&[site("same-origin"), null]), MadeBy::OwnPage);
        for foreign in ["cross-site", "same-site", "", "SAME-ORIGIN"] {
            assert_eq!(origin(&[site(foreign), ours.clone()]), MadeBy::OtherSite, "{foreign}");
        }
        assert_eq!(origin(&[site("none")]), MadeBy::OtherSite);
        assert_eq!(
            origin(&[site("none"), (HeaderName::from_static("sec-fetch-mode"), "navigate")]),
            MadeBy::Member
        );
    }

    #[test]
    fn without_fetch_metadata_the_origin_must_be_ours() {
        assert_eq!(origin(&[(header::ORIGIN, "https://genkan.example")]), MadeBy::OwnPage);
        for foreign in ["null", "https://genkan.example.evil", "http://genkan.example", ""] {
            assert_eq!(origin(&[(header::ORIGIN, foreign)]), MadeBy::OtherSite, "{foreign}");
        }
        assert_eq!(origin(&[]), MadeBy::OtherSite);
    }
}
