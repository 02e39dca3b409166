//! Words in the languages of the report, beside each other.

use strum::VariantArray;

/// A language of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum Language {
    English,
    Japanese,
}

impl Language {
    /// As in the attribute `lang`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Japanese => "ja",
        }
    }

    /// What a file's name ends in, before its extension.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::English => "",
            Self::Japanese => ".ja",
        }
    }

    /// Joins the items of a list.
    pub fn list<S: AsRef<str>>(self, items: &[S]) -> String {
        let between = match self {
            Self::English => ", ",
            Self::Japanese => "、",
        };
        items.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(between)
    }
}

/// The same words in each language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    en: &'static str,
    ja: &'static str,
}

/// English, then Japanese.
pub const fn words(en: &'static str, ja: &'static str) -> Words {
    Words { en, ja }
}

impl Words {
    pub fn get(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Japanese => self.ja,
        }
    }

    /// The words with each `{name}` replaced by its value.
    pub fn fill(self, language: Language, values: &[(&str, String)]) -> String {
        values.iter().fold(self.get(language).to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_value_is_filled() {
        let greeting = words("{a}, {b}, {a}", "{b}");
        let values = [("a", "1".to_owned()), ("b", "2".to_owned())];
        let filled = Language::VARIANTS.iter().map(|language| greeting.fill(*language, &values));
        assert_eq!(filled.collect::<Vec<_>>(), ["1, 2, 1", "2"]);
    }
}
