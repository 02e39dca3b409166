//! Accepted names and bios read back unchanged, within their bounds and without control characters.
#![no_main]

use domain::account::member::{BIO_MAX, Bio, DISPLAY_NAME_MAX, DisplayName};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &str| {
    if let Ok(name) = DisplayName::parse(raw) {
        let shown = name.as_str();
        assert!((1..=DISPLAY_NAME_MAX).contains(&shown.chars().count()));
        assert!(!shown.chars().any(char::is_control));
        assert_eq!(DisplayName::parse(shown).as_ref(), Ok(&name));
    }
    if let Ok(bio) = Bio::parse(raw) {
        let shown = bio.as_str();
        assert!(shown.chars().count() <= BIO_MAX);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        assert_eq!(Bio::parse(shown).as_ref(), Ok(&bio));
    }
});
