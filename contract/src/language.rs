use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A language of the site, by its BCP 47 tag.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Language {
    /// English
    #[default]
    En,
    /// Japanese
    Ja,
}

names!(Language);
