//! Values that members type: a parsed value reads back unchanged, and holds nothing that its doc comment forbids.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{
    config,
    strategies::{nearly, text},
};
use crate::account::{
    confirmation::Code,
    email::Email,
    member::{BIO_MAX, Bio, DISPLAY_NAME_MAX, DisplayName},
};

fn address() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9][a-zA-Z0-9+_-]{0,20}(\\.[a-z0-9]{1,8})?@[a-z][a-z0-9]{0,20}(\\.[a-z]{2,6}){1,3}"
}

fn typed_address() -> impl Strategy<Value = String> {
    prop_oneof![text(), nearly(address())]
}

fn typed_line() -> impl Strategy<Value = String> {
    prop_oneof![text(), nearly("\\w{1,20}( \\w{1,20}){0,3}"), text().prop_map(|it| it.repeat(9))]
}

/// Turns the direction of the text around it (UAX #9).
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_normalised(text: &str) -> bool {
    text.nfc().eq(text.chars()) && text.trim() == text
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_ordinary_address_is_accepted_unchanged(address in address()) {
        let email = Email::parse(&address).unwrap();
        prop_assert_eq!(email.as_str(), &address);
        let (spaced, upper) = (format!(" {address}\r\n"), address.to_uppercase());
        prop_assert!(Email::parse(&spaced).unwrap() == email);
        prop_assert!(email.is_same_as(&Email::parse(&upper).unwrap()));
    }

    #[test]
    fn every_accepted_address_can_be_mailed(raw in typed_address()) {
        if let Ok(email) = Email::parse(&raw) {
            let address = email.as_str();
            prop_assert!((3..=254).contains(&address.len()), "{}", address);
            prop_assert!(address.bytes().all(|byte| byte.is_ascii_graphic()), "{}", address);
            prop_assert!(!address.contains(['"', '<', '>', '(', ')', '[', ']', ',', ';', ':', '\\']), "{}", address);
            prop_assert_eq!(address.matches('@').count(), 1, "{}", address);
            prop_assert!(Email::parse(address).as_ref() == Ok(&email), "{} reads back", address);
        }
    }

    #[test]
    fn every_accepted_name_is_one_line_that_reads_back(raw in typed_line()) {
        if let Ok(name) = DisplayName::parse(&raw) {
            let shown = name.as_str();
            prop_assert!((1..=DISPLAY_NAME_MAX).contains(&shown.chars().count()), "{:?}", shown);
            prop_assert!(!shown.chars().any(|c| c.is_control() || turns_direction(c)), "{:?}", shown);
            prop_assert!(is_normalised(shown), "{:?}", shown);
            prop_assert_eq!(DisplayName::parse(shown), Ok(name));
        }
    }

    #[test]
    fn every_accepted_bio_reads_back(raw in typed_line()) {
        if let Ok(bio) = Bio::parse(&raw) {
            let shown = bio.as_str();
            prop_assert!(shown.chars().count() <= BIO_MAX, "{:?}", shown);
            let is_forbidden = |c: char| (c.is_control() && !['\n', '\t'].contains(&c)) || turns_direction(c);
            prop_assert!(!shown.chars().any(is_forbidden), "{:?}", shown);
            prop_assert!(is_normalised(shown), "{:?}", shown);
            prop_assert_eq!(Bio::parse(shown), Ok(bio));
        }
    }

    #[test]
    fn six_digits_are_a_code_however_they_are_spaced(
        digits in "[0-9]{6}",
        gaps in prop::collection::vec("[ \\-\u{3000}\t]{0,3}", 7),
        is_full_width in any::<[bool; 6]>(),
    ) {
        let mut typed = gaps[0].clone();
        for (place, digit) in digits.chars().enumerate() {
            let wide = char::from_u32(u32::from(digit) - u32::from('0') + u32::from('０')).unwrap();
            typed.push(if is_full_width[place] { wide } else { digit });
            typed.push_str(&gaps[place + 1]);
        }
        let code = Code::parse(&typed);
        prop_assert_eq!(code.as_ref().map(Code::expose), Some(digits.as_str()), "{:?}", typed);
    }

    #[test]
    fn every_accepted_code_has_six_digits(raw in prop_oneof![text(), nearly("[0-9]{5,7}")]) {
        if let Some(code) = Code::parse(&raw) {
            let digits = code.expose();
            prop_assert!(digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{:?}", digits);
            prop_assert!(Code::parse(digits).is_some_and(|it| it.expose() == digits));
        }
    }
}
