//! The texts of `texts.json`, checked when compiling. [`tr!`] reads one.
//!
//! A page has one language for its whole life: changing it loads the page anew. So nothing here is
//! reactive, and a text is a plain string.

use contract::Language;
use leptos::prelude::*;
pub use texts::i18n::Locale;
use time::Date;

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

/// A date in words: "5 July 2026", 「2026年7月5日」.
pub(crate) fn date_words(locale: Locale, date: Date) -> String {
    let (year, day) = (date.year(), date.day());
    match locale {
        Locale::en => format!("{day} {} {year}", date.month()),
        Locale::ja => format!("{year}年{}月{day}日", u8::from(date.month())),
    }
}

/// The texts of a language.
#[must_use]
pub fn locale_of(language: Language) -> Locale {
    match language {
        Language::En => Locale::en,
        Language::Ja => Locale::ja,
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
    use time::macros::date;

    use super::*;

    #[test]
    fn a_date_is_written_as_each_language_writes_it() {
        let day = date!(2026 - 07 - 05);
        assert_eq!(date_words(Locale::en, day), "5 July 2026");
        assert_eq!(date_words(Locale::ja, day), "2026年7月5日");
    }

    /// Japanese lines break after punctuation and at zero-width spaces alone (`word-break: keep-all`), so that phrases
    /// stay together: what is between has to fit on a phone.
    #[test]
    fn no_japanese_phrase_is_longer_than_a_line_on_a_phone() {
        const LINE: usize = 16;
        let texts: serde_json::Value = serde_json::from_str(include_str!("../texts.json")).unwrap();
        let mut texts = vec![(String::new(), &texts)];
        while let Some((key, group)) = texts.pop() {
            let Some(text) = group["ja"].as_str() else {
                let group = group.as_object().unwrap().iter();
                texts.extend(group.map(|(name, group)| (format!("{key}.{name}"), group)));
                continue;
            };
            // Not on a page, or not in lines.
            let is_shown = !key.starts_with(".mails") && !key.ends_with("description");
            let text = text.replace("{{ ", "").replace(" }}", "");
            let may_break = |c: char| "、。！？」』）： \u{200b}".contains(c);
            for phrase in text.split(may_break).filter(|_| is_shown) {
                // Half as wide as the others; the name of a value is about as long as the value.
                let narrow = phrase.chars().filter(char::is_ascii).count();
                let width = phrase.chars().count() - narrow / 2;
                assert!(width <= LINE, "{key}: {phrase}");
            }
        }
    }
}
