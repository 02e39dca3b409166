//! Requests that other sites make a browser send. Unsafe ones are refused, including log-ins (a forced log-in is an
//! attack, too), and no response to them sets or removes a personal cookie (Fetch Metadata; OWASP ASVS 3.5.1).

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use contract::{Reason, paths};

use super::inline_refresh::InlineRefresh;
use crate::{
    api::problem::Problem,
    http::{cookies, fetch_metadata},
};

/// Refuses unsafe requests that do not come from our own pages.
pub(super) fn check(request: &Request, own_origin: &str) -> Result<(), Problem> {
    let is_our_own = match MadeBy::of(request.headers(), own_origin) {
        MadeBy::OwnPage => true,
        // A typed or bookmarked address is the member's own action; a script cannot send such a request.
        MadeBy::Member => request.uri().path() != paths::REFRESH,
        MadeBy::OtherSite => false,
    };
    if is_safe(request.method()) || is_our_own {
        return Ok(());
    }
    tracing::info!("cross_site.refused");
    Err(Problem::new(403, Reason::CrossSite))
}

/// Returns whether a method is safe. `TRACE` is refused everywhere.
pub(super) fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

/// Removes personal cookies from responses to other sites' requests: otherwise any site could log members out. The new
/// tokens of an inline refresh stay, because the request carried the refresh cookie.
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

/// The initiator of a request.
#[derive(Debug, PartialEq, Eq)]
enum MadeBy {
    OwnPage,
    Member,
    OtherSite,
}

impl MadeBy {
    /// `Sec-Fetch-Site` decides if present. Without it, `Origin` must be ours; with neither, the request does not count
    /// as ours.
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
