//! The page to continue at after a log-in. It is always on this site: an open redirect would let a phisher borrow our
//! name (OWASP ASVS 3.7.2).

use axum::http::Uri;
use url::Url;

const BASE: &str = "http://this.site.invalid";
/// Longer than any path of a page.
const MAX_BYTES: usize = 2048;

/// The path, query and fragment of `next`, if it is a page of this site other than the log-in page, which would be a
/// loop.
#[must_use]
pub fn path_on_this_site(next: Option<&str>) -> Option<String> {
    page_on_this_site(next)
        .filter(|path| !["/login", "/signup"].iter().any(|start| path.starts_with(start)))
}

/// The path, query and fragment of `next`, if it is a page of this site.
#[must_use]
pub fn page_on_this_site(next: Option<&str>) -> Option<String> {
    let next = next?;
    // Browsers read `\` as `/`, drop tabs and line breaks, and treat `//host` as another site.
    let is_path = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if !is_path || next.len() > MAX_BYTES {
        return None;
    }
    let base = Url::parse(BASE).ok()?;
    let url = base.join(next).ok().filter(|url| url.origin() == base.origin())?;
    let path = url.path();
    // `/.//host` normalises to `//host`. An endpoint is not a page.
    let is_page =
        !path.starts_with("//") && !["/api/", "/auth/"].iter().any(|start| path.starts_with(start));
    let path = &url[url::Position::BeforePath..];
    // Checked again, because percent-encoding makes it longer.
    (is_page && path.len() <= MAX_BYTES).then(|| path.to_owned())
}

/// The path and query of a request.
pub(crate) fn here(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |here| here.as_str())
}

/// The URL of the log-in page that continues at `path` afterwards, unless that is too long: proxies bound the header
/// of a response, and encoding makes it up to three times as long.
#[must_use]
pub fn log_in_then(path_and_query: &str) -> String {
    if path_and_query.len() > MAX_BYTES {
        return "/login".to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(path_and_query.as_bytes()).collect();
    format!("/login?next={next}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_site_is_kept_with_its_query() {
        for next in ["/", "/profile", "/profile?tab=a%20b", "/profile#bio"] {
            assert_eq!(path_on_this_site(Some(next)).as_deref(), Some(next));
        }
    }

    #[test]
    fn a_next_that_could_leave_the_site_is_refused() {
        for next in [
            "",
            "profile",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            "/.//evil.example",
            "/..//evil.example",
            "///evil.example",
            " /profile",
        ] {
            assert_eq!(page_on_this_site(Some(next)), None, "{next:?}");
            assert_eq!(path_on_this_site(Some(next)), None, "{next:?}");
        }
        assert_eq!(path_on_this_site(None), None);
    }

    #[test]
    fn endpoints_and_the_log_in_page_are_refused_as_next() {
        for next in ["/api/logout", "/auth/refresh", "/login", "/login?next=/login", "/signup"] {
            assert_eq!(path_on_this_site(Some(next)), None, "{next}");
        }
        assert_eq!(page_on_this_site(Some("/login?a=b")).as_deref(), Some("/login?a=b"));
        assert_eq!(page_on_this_site(Some("/api/logout")), None);
    }

    #[test]
    fn the_log_in_url_keeps_the_whole_path() {
        assert_eq!(log_in_then("/profile?a=b&c=d"), "/login?next=%2Fprofile%3Fa%3Db%26c%3Dd");
    }

    #[test]
    fn the_log_in_url_is_bounded() {
        let longest = format!("/{}", "%".repeat(MAX_BYTES - 1));
        assert_eq!(log_in_then(&longest).len(), "/login?next=".len() + 3 * MAX_BYTES);
        assert_eq!(log_in_then(&format!("{longest}%")), "/login");
    }
}
