//! The site's files: script, WASM, style sheet and icon. A file with a content hash in its name never changes, so
//! browsers may keep it for a year.

use std::io;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::any,
};
use leptos::config::LeptosOptions;
use tower_http::services::ServeDir;

use crate::{api::problem::Problem, assets::Assets, http::answers::NO_STORE};

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Serves the site's folder, including the compressed files from the build. A page of a version whose style sheet this
/// one does not have gets this one's, which is better than none. Scripts fit their own version only; without them the
/// page works as plain HTML.
pub(crate) fn service(options: &LeptosOptions, assets: &Assets) -> Router {
    let files = ServeDir::new(options.site_root.as_ref())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let package = format!("/{}/", options.site_pkg_dir.trim_matches('/'));
    let has_hashes = options.hash_files;
    let stylesheet = assets.stylesheet.clone();
    Router::new().fallback(any(async move |request: Request| {
        let path = request.uri().path();
        let is_package = path.starts_with(&package);
        let is_other_stylesheet = is_package && path.ends_with(".css") && path != stylesheet;
        let cache = match (is_package, has_hashes) {
            (true, true) => FOR_EVER,
            (true, false) => ASK_AGAIN,
            (false, _) => FOR_AN_HOUR,
        };
        let answer = answer(files, request, cache).await;
        if is_other_stylesheet && answer.status() == StatusCode::NOT_FOUND {
            return ([NO_STORE], Redirect::temporary(&stylesheet)).into_response();
        }
        answer
    }))
}

async fn answer(files: ServeDir, request: Request, cache: HeaderValue) -> Response {
    // Files can only be read: a form posted to an unknown path is "not found", too.
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut response = match read(files, request).await {
        Ok(response) => response,
        Err(error) if is_of_the_path(&error) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(error = %domain::causes(&error), "assets.failed");
            return Problem::unavailable().into_response();
        }
    };
    // A 304 repeats the headers of the file (RFC 9110 §15.4.5).
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        response.headers_mut().insert(header::CACHE_CONTROL, cache);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}

/// Reads a file or a range of it. If `If-Range` has another date, the client has parts of another version, and gets the
/// whole file (RFC 9110 §13.1.5).
async fn read(mut files: ServeDir, request: Request) -> io::Result<Response> {
    let (mut parts, _) = request.into_parts();
    let if_range = parts.headers.remove(header::IF_RANGE);
    let (Some(known), Some(range)) = (if_range, parts.headers.get(header::RANGE).cloned()) else {
        return part(&mut files, parts).await;
    };
    parts.headers.remove(header::RANGE);
    let whole = part(&mut files, parts.clone()).await?;
    if whole.headers().get(header::LAST_MODIFIED) != Some(&known) {
        return Ok(whole);
    }
    parts.headers.insert(header::RANGE, range);
    part(&mut files, parts).await
}

async fn part(files: &mut ServeDir, parts: axum::http::request::Parts) -> io::Result<Response> {
    let request = Request::from_parts(parts, Body::empty());
    Ok(files.try_call(request).await?.map(Body::new))
}

/// Returns whether no such file can exist: the name is too long, contains a NUL, or has a file as a parent folder.
fn is_of_the_path(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::IsADirectory
    )
}
