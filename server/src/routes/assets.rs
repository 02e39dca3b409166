//! What the browser loads: the app's script, WASM and style, and what lies beside them. Files whose name
//! holds a hash of what is in them never change, so browsers may keep them for a year.

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use leptos::config::LeptosOptions;
use tower_http::services::ServeDir;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Serves the site's folder, compressed beforehand where the build did that.
pub(crate) fn service(options: &LeptosOptions) -> Router {
    let files = ServeDir::new(options.site_root.as_ref())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let package = format!("/{}/", options.site_pkg_dir.trim_matches('/'));
    let has_hashes = options.hash_files;
    Router::new().fallback_service(files).layer(from_fn(move |request: Request, next: Next| {
        let is_package = request.uri().path().starts_with(&package);
        let cache = match (is_package, has_hashes) {
            (true, true) => FOR_EVER,
            (true, false) => ASK_AGAIN,
            (false, _) => FOR_AN_HOUR,
        };
        answer(request, next, cache)
    }))
}

async fn answer(request: Request, next: Next, cache: HeaderValue) -> Response {
    // A file is only ever read: a form posted to a path that is not there is "not found", too.
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut response = next.run(request).await;
    if response.status().is_success() {
        response.headers_mut().insert(header::CACHE_CONTROL, cache);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}
