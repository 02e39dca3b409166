//! Weighted preferences, as in `Accept` and `Accept-Language` (RFC 9110 §12.4.2), and media types. Comparisons ignore
//! case.

use axum::http::{HeaderMap, HeaderName};

/// The acceptable values with their weights, in header order. Unreadable ones are skipped.
pub fn preferences<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = (&'a str, f32)> + use<'a> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(preference)
}

/// Returns whether the client accepts HTML by name: programs often accept `*/*`.
#[must_use]
pub fn accepts_html(headers: &HeaderMap) -> bool {
    preferences(headers, &axum::http::header::ACCEPT)
        .any(|(range, _)| range.eq_ignore_ascii_case(HTML))
}

/// Returns whether a `Content-Type` names this media type, ignoring parameters.
#[must_use]
pub fn is_media_type(content_type: &str, wanted: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(wanted)
}

/// The media type of pages.
pub const HTML: &str = "text/html";

fn preference(element: &str) -> Option<(&str, f32)> {
    let mut parts = element.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?;
    let weight = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim_end().eq_ignore_ascii_case("q").then(|| value.trim_start())
    });
    let weight = weight.map_or(Some(1.0), |weight| weight.parse().ok())?;
    (weight > 0.0 && weight <= 1.0).then_some((range, weight))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    #[test]
    fn only_a_named_media_type_with_a_weight_asks_for_a_page() {
        for (accept, is_asked_for) in [
            ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", true),
            ("TEXT/HTML", true),
            ("application/json, Text/Html;Q=0.1", true),
            (" text/html ; level=1 ; q = 0.5", true),
            ("text/html;q=0", false),
            ("text/html;q=0.000, application/json", false),
            ("text/html; Q=0", false),
            ("text/html;q=none", false),
            ("text/html;q=NaN", false),
            ("text/html;q=inf", false),
            ("text/html;q=-1", false),
            ("application/json;profile=text/html", false),
            ("text/html-fragment", false),
            ("*/*", false),
            (",;,", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(accepts_html(&headers), is_asked_for, "{accept}");
        }
        assert!(!accepts_html(&HeaderMap::new()));
    }

    #[test]
    fn media_types_are_compared_whole_and_without_parameters() {
        for content_type in ["text/html", "Text/HTML; charset=utf-8", " text/html;x"] {
            assert!(is_media_type(content_type, HTML), "{content_type}");
        }
        for content_type in ["text/htmlx", "text", "", ";text/html", "text/html, text/html"] {
            assert!(!is_media_type(content_type, HTML), "{content_type}");
        }
    }
}
