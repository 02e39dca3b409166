//! The language of a response: the choice in a cookie, else the browser's preference.

use axum::http::{HeaderMap, header};
use domain::account::member::Language;

use super::accept::preferences;

/// The supported language that `Accept-Language` prefers (RFC 9110 §12.5.4); English if it names none.
#[must_use]
pub fn accepted_locale(headers: &HeaderMap) -> Language {
    let mut preferences: Vec<(f32, Language)> = preferences(headers, &header::ACCEPT_LANGUAGE)
        .filter_map(|(range, weight)| {
            let language = range.split('-').next()?.to_ascii_lowercase();
            Some((weight, Language::from_name(&language)?))
        })
        .collect();
    // A stable sort: among equal weights the first one named wins.
    preferences.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    preferences.first().map_or(Language::default(), |(_, locale)| *locale)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_supported_language_with_the_highest_weight_is_chosen() {
        for (accept, locale) in [
            ("ja", Language::Ja),
            ("ja-JP,en;q=0.8", Language::Ja),
            ("fr, ja;q=0.3, en;q=0.9", Language::En),
            ("fr;q=1, de;q=0.5", Language::En),
            ("en;q=0, ja;q=0.1", Language::Ja),
            ("*", Language::En),
            ("ja;q=x, ,;;", Language::En),
            ("en;Q=0.2, JA-jp ; q = 0.3", Language::Ja),
            ("ja;Q=0, en;q=0.1", Language::En),
            ("ja;q=9, en", Language::En),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept));
            assert_eq!(accepted_locale(&headers), locale, "{accept}");
        }
    }
}
