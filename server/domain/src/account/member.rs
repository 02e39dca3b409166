//! A person with an account, and the values that describe one.

pub use contract::{
    Language, Role,
    limits::{BIO_MAX, DISPLAY_NAME_MAX},
};
use strum::{EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;
use unicode_normalization::UnicodeNormalization;

pub use crate::session::MemberId;
use crate::{
    account::email::Email,
    fields::{FieldErrors, FieldProblem},
    text::{is_forbidden, is_visible},
};

/// A member's permission to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Standing {
    /// May log in.
    Active,
    /// Was suspended by the staff.
    Suspended,
}

contract::names!(Standing);

/// Reads a language's tag as a form, a cookie or the database holds it.
///
/// # Errors
/// `Required` or `Invalid`.
pub fn parse_language(raw: &str) -> Result<Language, FieldProblem> {
    match raw {
        "" => Err(FieldProblem::Required),
        tag => Language::from_name(tag).ok_or(FieldProblem::Invalid),
    }
}

/// The name that a member shows to others: one line, normalised (NFC), without surrounding spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// Parses what was typed.
    ///
    /// # Errors
    /// `Required` (no visible character), `TooLong` ([`DISPLAY_NAME_MAX`]) or `ForbiddenCharacters` (control and
    /// format characters, line separators; the joiners of emoji are allowed).
    pub fn parse(raw: &str) -> Result<Self, FieldProblem> {
        let name: String = raw.trim().nfc().collect();
        if !name.chars().any(is_visible) {
            return Err(FieldProblem::Required);
        }
        if name.chars().count() > DISPLAY_NAME_MAX {
            return Err(FieldProblem::TooLong);
        }
        if name.chars().any(is_forbidden) {
            return Err(FieldProblem::ForbiddenCharacters);
        }
        Ok(Self(name))
    }

    /// Takes a name from the database, whatever rules it was stored under.
    #[must_use]
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A member's text about themself: may have several lines, may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bio(String);

impl Bio {
    /// Parses what was typed; a form's CR LF becomes LF.
    ///
    /// # Errors
    /// `TooLong` ([`BIO_MAX`]) or `ForbiddenCharacters` (as in a name, but for LF and tab).
    pub fn parse(raw: &str) -> Result<Self, FieldProblem> {
        let bio: String = raw.replace("\r\n", "\n").trim().nfc().collect();
        if bio.chars().count() > BIO_MAX {
            return Err(FieldProblem::TooLong);
        }
        if bio.chars().any(|c| is_forbidden(c) && c != '\n' && c != '\t') {
            return Err(FieldProblem::ForbiddenCharacters);
        }
        Ok(Self(bio))
    }

    /// Takes a text from the database, whatever rules it was stored under.
    #[must_use]
    pub fn from_stored(bio: String) -> Self {
        Self(bio)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A member, as shown on pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The member's id
    pub id: MemberId,
    /// The confirmed address
    pub email: Email,
    /// The fields that the member may change
    pub profile: Profile,
    /// The member's role
    pub role: Role,
    /// Time of the confirmation of the address
    pub created_at: OffsetDateTime,
}

/// The fields that a member may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name to show
    pub display_name: DisplayName,
    /// The member's text about themself
    pub bio: Bio,
    /// The language to show the site in
    pub locale: Language,
}

/// The profile form as it was typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedProfile<'a> {
    /// Read by [`DisplayName::parse`]
    pub display_name: &'a str,
    /// Read by [`Bio::parse`]
    pub bio: &'a str,
    /// Read by [`parse_language`]
    pub locale: &'a str,
}

impl Profile {
    /// Reads the profile form.
    ///
    /// # Errors
    /// Every field that is not acceptable.
    pub fn parse(typed: TypedProfile) -> Result<Self, FieldErrors> {
        let TypedProfile { display_name, bio, locale } = typed;
        let mut errors = FieldErrors::default();
        let display_name = errors.take("display_name", DisplayName::parse(display_name));
        let bio = errors.take("bio", Bio::parse(bio));
        let locale = errors.take("locale", parse_language(locale));
        match (display_name, bio, locale) {
            (Some(display_name), Some(bio), Some(locale)) => Ok(Self { display_name, bio, locale }),
            _ => Err(errors),
        }
    }

    /// The profile of a member who has just signed up.
    #[must_use]
    pub fn of_sign_up(display_name: DisplayName, locale: Language) -> Self {
        Self { display_name, bio: Bio::default(), locale }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_is_one_line_without_surrounding_spaces() {
        assert_eq!(DisplayName::parse("  佐藤 花 ").unwrap().as_str(), "佐藤 花");
        assert_eq!(DisplayName::parse("\t"), Err(FieldProblem::Required));
        assert_eq!(DisplayName::parse("a\nb"), Err(FieldProblem::ForbiddenCharacters));
        assert_eq!(DisplayName::parse("evil\u{202e}txt"), Err(FieldProblem::ForbiddenCharacters));
    }

    #[test]
    fn a_display_name_has_a_visible_character() {
        for blank in
            ["\u{200b}", "\u{200d}\u{fe0f}", "\u{3164}", "\u{115f}\u{1160}", "\u{ad}", "\u{2800}"]
        {
            assert_eq!(DisplayName::parse(blank), Err(FieldProblem::Required), "{blank:?}");
        }
        for shown in ["花", ".", "7", "👩\u{200d}💻", "❤\u{fe0f}", "می\u{200c}خواهم", "क्\u{200d}ष"]
        {
            assert_eq!(DisplayName::parse(shown).unwrap().as_str(), shown);
        }
    }

    #[test]
    fn a_display_name_and_a_bio_hold_no_line_separators_and_no_format_characters() {
        for c in [
            '\u{2028}', '\u{2029}', '\u{85}', '\u{200b}', '\u{200e}', '\u{61c}', '\u{feff}',
            '\u{2067}',
        ] {
            let text = format!("Ha{c}na");
            assert_eq!(DisplayName::parse(&text), Err(FieldProblem::ForbiddenCharacters), "{c:?}");
            assert_eq!(Bio::parse(&text), Err(FieldProblem::ForbiddenCharacters), "{c:?}");
        }
    }

    #[test]
    fn names_stored_by_older_rules_are_read_as_they_are() {
        assert_eq!(DisplayName::from_stored("\u{200b}".into()).as_str(), "\u{200b}");
        assert_eq!(Bio::from_stored("a\u{2028}b".into()).as_str(), "a\u{2028}b");
    }

    #[test]
    fn a_display_name_is_counted_in_characters_not_bytes() {
        assert!(DisplayName::parse(&"花".repeat(DISPLAY_NAME_MAX)).is_ok());
        assert_eq!(
            DisplayName::parse(&"a".repeat(DISPLAY_NAME_MAX + 1)),
            Err(FieldProblem::TooLong)
        );
    }

    #[test]
    fn a_bio_may_be_empty_and_keeps_its_lines() {
        assert_eq!(Bio::parse("").unwrap().as_str(), "");
        assert_eq!(Bio::parse("one\r\ntwo").unwrap().as_str(), "one\ntwo");
        assert_eq!(Bio::parse("a\u{0}b"), Err(FieldProblem::ForbiddenCharacters));
        assert_eq!(Bio::parse(&"a".repeat(BIO_MAX + 1)), Err(FieldProblem::TooLong));
    }

    #[test]
    fn an_unknown_role_does_not_parse() {
        assert_eq!(Role::from_name("admin"), Some(Role::Admin));
        assert_eq!(Role::from_name("Admin"), None);
        assert_eq!(Role::from_name(""), None);
    }

    #[test]
    fn a_profile_form_reports_every_problem_at_once() {
        let bio = "a".repeat(501);
        let typed = TypedProfile { display_name: "", bio: &bio, locale: "fr" };
        let errors = Profile::parse(typed).unwrap_err();
        let expected = [
            ("display_name", FieldProblem::Required),
            ("bio", FieldProblem::TooLong),
            ("locale", FieldProblem::Invalid),
        ];
        assert_eq!(errors.iter().collect::<Vec<_>>(), expected);
    }
}
