//! The language to answer in: the choice that a cookie carries, else the browser's preference.

use axum::http::{HeaderMap, header};
use domain::account::member::Locale;

use super::accept::preferences;

/// The best of our languages by `Accept-Language` (RFC 9110 §12.5.4); English if there is none.
#[must_use]
pub fn accepted_locale(headers: &HeaderMap) -> Locale {
    let mut preferences: Vec<(f32, Locale)> = preferences(headers, &header::ACCEPT_LANGUAGE)
        .filter_map(|(range, weight)| {
            let language = range.split('-').next()?.to_ascii_lowercase();
            Some((weight, Locale::from_name(&language)?))
        })
        .collect();
    // A stable sort: among equal weights the first one named wins.
    preferences.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    preferences.first().map_or(Locale::default(), |(_, locale)| *locale)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_heaviest_language_that_we_have_is_taken() {
        for (accept, locale) in [
            ("ja", Locale::Ja),
            ("ja-JP,en;q=0.8", Locale::Ja),
            ("fr, ja;q=0.3, en;q=0.9", Locale::En),
            ("fr;q=1, de;q=0.5", Locale::En),
            ("en;q=0, ja;q=0.1", Locale::Ja),
            ("*", Locale::En),
            ("ja;q=x, ,;;", Locale::En),
            ("en;Q=0.2, JA-jp ; q = 0.3", Locale::Ja),
            ("ja;Q=0, en;q=0.1", Locale::En),
            ("ja;q=9, en", Locale::En),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accept));
            assert_eq!(accepted_locale(&headers), locale, "{accept}");
        }
    }
}
