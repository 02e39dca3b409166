//! Every accepted address can be mailed, and reads back unchanged.
#![no_main]

use domain::account::email::Email;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &str| {
    if let Ok(email) = Email::parse(raw) {
        let address = email.as_str();
        assert!((3..=254).contains(&address.len()));
        assert!(address.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(!address.contains(['"', '<', '>', '(', ')', '[', ']', ',', ';', ':', '\\']));
        assert_eq!(address.matches('@').count(), 1);
        assert!(Email::parse(address).as_ref() == Ok(&email));
    }
});
