//! Request metadata headers: `Sec-Fetch-*` (Fetch Metadata) and `Sec-Purpose`. No other file reads them.

use axum::http::{HeaderMap, HeaderName};

const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

/// The initiator's site relative to ours: `same-origin`, `same-site`, `cross-site` or `none`.
pub(crate) fn site(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(SITE).map(|site| site.as_bytes())
}

/// Returns whether the request is a navigation, and not for a script or a subresource.
pub(crate) fn is_navigation(headers: &HeaderMap) -> bool {
    headers.get(MODE).is_some_and(|mode| mode == "navigate")
}

/// Returns whether the request is for a top-level page; `None` if the browser does not say.
pub(crate) fn is_document(headers: &HeaderMap) -> Option<bool> {
    if !headers.contains_key(MODE) && !headers.contains_key(DEST) {
        return None;
    }
    let is_document = headers.get(DEST).is_some_and(|dest| dest == "document");
    Some(is_document && is_navigation(headers))
}

/// Returns whether the request is a prefetch or prerender.
pub(crate) fn is_speculative(headers: &HeaderMap) -> bool {
    headers.contains_key(PURPOSE)
}
