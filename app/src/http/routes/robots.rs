//! `GET /robots.txt`: crawlers may read the pages that are open to everybody (RFC 9309).

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::pages::{Access, PAGES};

const NOT_PAGES: [&str; 4] = ["/api/", "/auth/", "/dev/", "/health/"];

pub(crate) async fn show() -> Response {
    let of_members = PAGES.iter().filter(|page| page.access == Access::Members);
    let paths = NOT_PAGES.into_iter().chain(of_members.map(|page| page.path));
    let rules = paths.map(|path| format!("Disallow: {path}\n")).collect::<String>();
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    ([cache], format!("User-agent: *\n{rules}")).into_response()
}
