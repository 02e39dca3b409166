//! The rules that a new password has to meet (NIST SP 800-63B-4 §3.1.1.2, OWASP ASVS 6.2.4, 6.2.11): long enough, and
//! not among those that guessers try first. There are no rules about kinds of characters: they make passwords worse.

use unicode_normalization::UnicodeNormalization;
use zxcvbn::zxcvbn;

use crate::{
    account::{
        email::Email,
        member::{DisplayName, Member},
    },
    fields::FieldProblem,
};

/// The site's name, in lower case.
const SITE_NAMES: [&str; 2] = ["genkan", "玄関"];
/// Words that people put around a name to make up a password for a site.
const GREETINGS: [&str; 4] = ["welcome", "hello", "login", "password"];
/// The fewest letters and digits beside known words.
const BESIDES_MIN: usize = 6;
/// Number of characters that `zxcvbn` searches for patterns. Its time grows exponentially with it, and from 33 on its
/// integers overflow. An easy password is easy from its beginning.
const JUDGED_CHARACTERS: usize = 24;
/// The most guesses that are required, as a power of ten. 10¹⁰ guesses at a stolen hash take years.
const GUESSES_DIGITS: usize = 10;

/// Data about the member that a stranger may know, and that must not make up the password.
#[derive(Debug, Clone, Copy, Default)]
pub struct PasswordContext<'a> {
    /// The member's address
    pub email: Option<&'a Email>,
    /// The member's name
    pub display_name: Option<&'a DisplayName>,
}

impl<'a> PasswordContext<'a> {
    /// The data of a member.
    #[must_use]
    pub fn of(member: Option<&'a Member>) -> Self {
        Self {
            email: member.map(|member| &member.email),
            display_name: member.map(|member| &member.profile.display_name),
        }
    }
}

/// Checks a password of at least `min` characters, in its normal form.
pub(super) fn check(
    password: &str,
    min: usize,
    context: PasswordContext<'_>,
) -> Result<(), FieldProblem> {
    let email: Vec<String> = context.email.map_or_else(Vec::new, words_of_email);
    let name: Vec<String> = context.display_name.map_or_else(Vec::new, |it| words(it.as_str()));
    let mut site = SITE_NAMES.map(str::to_owned).to_vec();
    if site.iter().any(|name| letters_and_digits(password).contains(name)) {
        site.extend(GREETINGS.map(str::to_owned));
    }
    let mut rest = Rest::of(password);
    for (known, problem) in [
        (email.as_slice(), FieldProblem::SameAsEmail),
        (name.as_slice(), FieldProblem::SameAsName),
        (site.as_slice(), FieldProblem::SiteName),
    ] {
        if rest.is_little_without(known) {
            return Err(problem);
        }
    }
    refuse_repetition(password, min)?;
    let known: Vec<&str> =
        email.iter().chain(&name).map(String::as_str).chain(SITE_NAMES).collect();
    let judged: String = password.chars().take(JUDGED_CHARACTERS).collect();
    let digits = min.saturating_sub(2).min(GUESSES_DIGITS);
    let guesses = zxcvbn(&judged, &known).guesses();
    if guesses < 10_u64.pow(u32::try_from(digits).unwrap_or(u32::MAX)) {
        return Err(FieldProblem::Common);
    }
    Ok(())
}

/// Refuses a password that only repeats fewer than `min` characters.
pub(super) fn refuse_repetition(password: &str, min: usize) -> Result<(), FieldProblem> {
    let is_repeated = repeats_something_shorter_than(min, password);
    if is_repeated { Err(FieldProblem::Repeated) } else { Ok(()) }
}

/// The letters and digits of a password that no known word accounts for yet.
struct Rest(String);

impl Rest {
    fn of(password: &str) -> Self {
        Self(letters_and_digits(password))
    }

    /// Removes the words. Returns whether it contained any, and little else.
    fn is_little_without(&mut self, words: &[String]) -> bool {
        let before = self.0.len();
        for word in words {
            self.0 = self.0.replace(word, "");
        }
        self.0.len() < before && self.0.chars().count() < BESIDES_MIN
    }
}

/// The address and its parts, the longest first.
fn words_of_email(email: &Email) -> Vec<String> {
    let mut found = vec![letters_and_digits(email.as_str())];
    found.extend(words(email.local_part()));
    // Not `com`, which is part of many words.
    found.extend(words(email.domain()).into_iter().filter(|word| word.chars().count() > 3));
    found
}

/// A text as one word, and each of its words longer than a syllable.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).map(letters_and_digits);
    std::iter::once(letters_and_digits(text))
        .chain(parts)
        .filter(|word| word.chars().count() >= if word.is_ascii() { 3 } else { 2 })
        .collect()
}

fn letters_and_digits(text: &str) -> String {
    text.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Returns whether the password repeats one unit of fewer than `min` characters at least once. The last repetition may
/// be cut short.
fn repeats_something_shorter_than(min: usize, password: &str) -> bool {
    let all: Vec<char> = password.chars().flat_map(char::to_lowercase).collect();
    let longest = (all.len() / 2).min(min.saturating_sub(1));
    (1..=longest).any(|unit| all.iter().zip(&all[unit..]).all(|(one, next)| one == next))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::credentials::password::{PASSWORD_MAX, Password};

    fn judged(raw: &str) -> Result<(), FieldProblem> {
        let email = Email::parse("hana.sato.tokyo@example.com").unwrap();
        let display_name = DisplayName::parse("Kenji Yamamoto").unwrap();
        let context = PasswordContext { email: Some(&email), display_name: Some(&display_name) };
        Password::parse_new(raw, 15, context).map(drop)
    }

    #[test]
    fn passphrases_are_accepted_in_any_script() {
        for raw in [
            "a tree by the gate",
            "a pond behind the house",
            "correct horse battery staple",
            "seven lanterns by the gate",
            "a tree by the old gate",
            "another tree by it",
            "庭の池のうしろに古い門があります",
            "にわのいけのうしろにふるいもん",
            "Eine Laterne über dem Tor",
            "hJ7$kQ2pz!vR9mXw",
            "kenji planted a tree by the gate",
        ] {
            assert_eq!(judged(raw), Ok(()), "{raw}");
        }
    }

    #[test]
    fn common_passwords_are_refused_with_the_reason() {
        for (raw, problem) in [
            ("123456789012345", FieldProblem::Common),
            ("qwertyuiopasdfgh", FieldProblem::Common),
            ("1qaz2wsx3edc4rfv", FieldProblem::Common),
            ("abcdefghijklmnop", FieldProblem::Common),
            ("password1234567", FieldProblem::Common),
            ("iloveyouiloveyou1", FieldProblem::Common),
            ("letmeinletmein12", FieldProblem::Common),
            ("administrator123", FieldProblem::Common),
            ("genkan password", FieldProblem::SiteName),
            ("Welcome to Genkan!", FieldProblem::SiteName),
            ("ﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺﷺ", FieldProblem::Repeated),
            ("passwordpassword", FieldProblem::Repeated),
            ("PasswordpassworD", FieldProblem::Repeated),
            ("aaaaaaaaaaaaaaa", FieldProblem::Repeated),
            ("花花花花花花花花花花花花花花花", FieldProblem::Repeated),
            ("               ", FieldProblem::Repeated),
            ("genkangenkangenkan", FieldProblem::SiteName),
            ("Genkan-Genkan-Genkan!", FieldProblem::SiteName),
            ("ｇｅｎｋａｎ　ｇｅｎｋａｎ　１２", FieldProblem::SiteName),
            ("玄関玄関玄関玄関玄関玄関玄関玄関", FieldProblem::SiteName),
            ("genkan kenji genkan", FieldProblem::SiteName),
            ("Hana.Sato.Tokyo@example.com", FieldProblem::SameAsEmail),
            ("hana.sato.tokyo1", FieldProblem::SameAsEmail),
            ("tokyo hana sato 12", FieldProblem::SameAsEmail),
            ("kenji yamamoto 12", FieldProblem::SameAsName),
            ("yamamotoyamamoto", FieldProblem::SameAsName),
            ("yamamoto hana sato", FieldProblem::SameAsName),
        ] {
            assert_eq!(judged(raw), Err(problem), "{raw}");
        }
    }

    #[test]
    fn a_password_of_spaces_only_is_refused() {
        for space in [" ", "\u{a0}", "\u{3000}"] {
            assert_eq!(judged(&space.repeat(15)), Err(FieldProblem::Repeated));
        }
    }

    #[test]
    fn the_length_of_a_password_is_counted_before_normalisation() {
        // NFKC makes eighteen characters of this one.
        assert_eq!(judged("ﷺ"), Err(FieldProblem::TooShort));
        assert_eq!(judged(&"ﷺ".repeat(14)), Err(FieldProblem::TooShort));
        let varied: String =
            (0..256).filter_map(|place| char::from_u32(0x4e00 + place * place % 20_011)).collect();
        assert_eq!(varied.chars().count(), PASSWORD_MAX);
        assert_eq!(judged(&varied), Ok(()));
        assert_eq!(judged(&format!("{varied}花")), Err(FieldProblem::TooLong));
    }

    #[test]
    fn a_short_minimum_asks_for_fewer_guesses() {
        let refused = Password::parse_new("sunshine", 8, PasswordContext::default());
        assert_eq!(refused.unwrap_err(), FieldProblem::Common);
        assert!(Password::parse_new("x7$kQ2pz", 8, PasswordContext::default()).is_ok());
    }

    #[test]
    fn a_repeated_phrase_is_as_strong_as_the_phrase_once() {
        assert_eq!(judged("a tree by the gatea tree by the gate"), Ok(()));
    }

    proptest! {
        #[test]
        fn no_password_makes_the_check_fail(raw in "\\PC{0,80}") {
            _ = judged(&raw);
        }

        #[test]
        fn no_walk_over_the_keys_makes_the_check_fail(raw in "[01qwe!QAZ@4(]{15,256}") {
            _ = judged(&raw);
        }
    }
}
