//! The texts of `locales/*.json`, checked when compiling. [`tr!`] reads one.
//!
//! A page has one language for its whole life: changing it loads the page anew. So nothing here is
//! reactive, and a text is a plain string.

use leptos::prelude::*;
pub use texts::i18n::Locale;

/// What `build.rs` makes of the texts.
#[expect(unused_imports, dead_code, reason = "generated")]
mod texts {
    include!(concat!(env!("OUT_DIR"), "/i18n/mod.rs"));
}

/// What [`tr!`] expands to.
#[doc(hidden)]
pub use leptos_i18n::td_string;

/// The text of a key, in a language: `tr!(locale, login.title)`, `tr!(locale, welcome.heading, name = …)`.
#[macro_export]
#[doc(hidden)]
macro_rules! __tr {
    ($($text:tt)*) => { $crate::i18n::td_string!($($text)*) };
}
pub use crate::__tr as tr;

/// The page's language.
pub fn use_locale() -> Locale {
    expect_context::<Locale>()
}

/// A date (`2026-07-05`) in words. Japanese writes its numbers without leading zeros.
pub(crate) fn date_words(locale: Locale, date: &str) -> String {
    let mut parts = date.split('-').map(|part| match part.strip_prefix('0') {
        Some(short) if locale == Locale::ja => short.to_owned(),
        _ => part.to_owned(),
    });
    let mut part = || parts.next().unwrap_or_default();
    let (year, month, day) = (part(), part(), part());
    tr!(locale, profile.date, year = year, month = month, day = day)
}

/// The language of a BCP 47 tag, if it is one of ours.
#[must_use]
pub fn locale_of(tag: &str) -> Option<Locale> {
    match tag.split('-').next()? {
        "en" => Some(Locale::en),
        "ja" => Some(Locale::ja),
        _ => None,
    }
}

/// The BCP 47 tag.
#[must_use]
pub fn tag_of(locale: Locale) -> &'static str {
    match locale {
        Locale::en => "en",
        Locale::ja => "ja",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_leading_zeros_in_english_alone() {
        for (date, english, japanese) in [
            ("2026-07-05", "2026-07-05", "2026年7月5日"),
            ("2030-10-20", "2030-10-20", "2030年10月20日"),
        ] {
            assert_eq!(date_words(Locale::en, date), english);
            assert_eq!(date_words(Locale::ja, date), japanese);
        }
    }
}
