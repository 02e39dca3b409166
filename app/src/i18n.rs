//! The texts of `locales/*.json`, checked when compiling. [`tr!`] reads one.
//!
//! A page has one language for its whole life: changing it loads the page anew. So nothing here is
//! reactive, and a text is a plain string.

use leptos::prelude::*;
pub use texts::i18n::Locale;

/// What `build.rs` makes of the texts.
#[expect(missing_docs, unused_imports, dead_code, reason = "generated")]
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
