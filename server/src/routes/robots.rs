//! `GET /robots.txt`: what crawlers may look at (RFC 9309): the pages that are everybody's.

use app::{ROUTES, ssr::guard::Access};
use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

/// Paths that are no pages.
const NO_PAGES: [&str; 4] = ["/api/", "/auth/", "/dev/", "/health/"];

/// Disallows members' pages and what is no page.
pub(crate) async fn show() -> Response {
    let of_members = ROUTES.iter().filter(|(_, access)| *access == Access::Members);
    let paths = NO_PAGES.into_iter().chain(of_members.map(|(path, _)| *path));
    let rules = paths.map(|path| format!("Disallow: {path}\n")).collect::<String>();
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    ([cache], format!("User-agent: *\n{rules}")).into_response()
}
